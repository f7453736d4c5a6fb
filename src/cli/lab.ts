// ancile lab: how a predictive model stands up to attacks.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { AncileError, type ExitCode } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { VERSION } from '../config/index.ts';
import { LabConstraints, LabGate, type Scorecard } from '../contract/index.ts';
import type * as LabRoom from '../lab/index.ts';
import { action, withJson } from './command.ts';
import { runCertificates } from './lab-certify.ts';
import { defineLabText } from './lab-filter.ts';
import { type LabOptions, checkUsage, readHeaders, withLabOptions } from './lab-options.ts';
import { printScorecard } from './lab-text.ts';
import { loadSigner, readFile, withProgress, writeWhole } from './model-options.ts';
import { createStatusLine } from './progress.ts';
import { printJson, tell } from './terminal.ts';

const Template = z.strictObject({
  path: z
    .string()
    .regex(/^[/:?][\x21-\x7e]*$/)
    .optional(),
  body: z.unknown(),
  scores: z.string().max(500),
});

/** Samples that show what a file gives. */
const MOST_TRIED = 32;

interface Opened {
  readonly target: LabRoom.Target;
  readonly model: Pick<Scorecard['model'], 'path' | 'digest' | 'externalData'>;
  readonly variants?: ReadonlyMap<string, Int32Array>;
}

function readTemplate(file: string): z.infer<typeof Template> {
  const parsed = Template.safeParse(parseJson(readFile(file, '--template'), { what: file }));
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new AncileError('usage', `${file}: ${path.join('.')}: ${message}`, {
    at: file,
    hint: 'It holds body (with "{{samples}}" in it), scores (the place of the numbers in the answer), and maybe path.',
  });
}

/** The model, wherever it is. */
async function open(
  room: typeof LabRoom,
  model: string | undefined,
  samples: LabRoom.Samples,
  options: LabOptions,
  gradients: boolean,
): Promise<Opened> {
  const { targetOutput, threads, protocol, predictions } = options;
  const gives = targetOutput === undefined ? {} : { gives: targetOutput };
  const size = samples.x.length / samples.count;
  // Of a model that gives labels alone: as many as the data has.
  const classes = samples.classNames?.length ?? samples.labels.reduce((most, label) => Math.max(most, label), 1) + 1;
  if (model === undefined) {
    const stored = room.openStored(predictions!, samples);
    return { ...stored, model: { path: predictions! } };
  }
  if (protocol === undefined) {
    const digest = room.digestFile(model);
    const target = await room.openOnnxTarget(model, {
      ...gives,
      shape: samples.shape,
      example: samples.x.subarray(0, size * Math.min(samples.count, MOST_TRIED)),
      classes,
      gradients,
      ...(options.output === undefined ? {} : { output: options.output }),
      ...(threads === undefined ? {} : { threads }),
    });
    const folder = dirname(resolve(model));
    const externalData = target.beside?.map((path) => ({
      path: relative(realpathSync(folder), path),
      digest: room.digestFile(path),
    }));
    return { target, model: { path: model, digest, ...(externalData === undefined ? {} : { externalData }) } };
  }
  const target = await room.openHttpTarget(model, {
    ...gives,
    protocol,
    ...(options.template === undefined ? {} : { template: readTemplate(options.template) }),
    facts: { shape: samples.shape, ...(samples.columns === undefined ? {} : { columns: samples.columns }) },
    classes,
    headers: readHeaders(options.header),
    probe: { data: samples.x.subarray(0, size), count: 1 },
  });
  return { target, model: { path: target.name } };
}

/** Everything that makes a run the one that it is. */
function identityOf(
  { model }: Opened,
  samples: LabRoom.Samples,
  run: LabRoom.RunOptions,
  told: {
    readonly bounds: string;
    readonly constraints: string | undefined;
    readonly round: number | undefined;
    readonly options: LabOptions;
  },
): Record<string, unknown> {
  return {
    model: model.digest ?? model.path,
    'external-data': model.externalData,
    data: samples.digest,
    samples: samples.count,
    attacks: run.plans.map(({ attack, steps }) => `${attack.name}:${steps}`),
    norm: run.norm,
    eps: run.eps,
    seed: run.seed,
    batch: run.batch,
    queries: run.budget.perSample,
    'total-queries': run.budget.total,
    clip: told.bounds,
    constraints: told.constraints,
    round: told.round,
    corruptions: told.options.corruptions,
    certify: told.options.certify,
    ...(told.options.certify?.includes('smoothing') === true
      ? { sigma: told.options.sigma, copies: told.options.copies, 'certify-samples': told.options.certifySamples }
      : {}),
    output: told.options.output,
    'target-output': told.options.targetOutput,
    label: told.options.label,
  };
}

async function attest(model: string, options: LabOptions, card: Scorecard, text: string): Promise<object> {
  const room = await import('../attest/index.ts');
  const { toRobustnessPredicate } = await import('../lab/index.ts');
  const predicate = toRobustnessPredicate(card, text);
  const signer = await loadSigner(room, { ...options, key: options.attest! });
  const output = options.attestOutput ?? `${model}.robustness.json`;
  // What lies in more than one file is one folder, as it is signed and verified.
  const subject = card.model.externalData === undefined ? model : dirname(model);
  const reading = { ignoreFiles: [output] };
  const digested = await withProgress((watch) => room.digestModel(subject, { ...reading, ...watch }));
  const { bundle, keySha256 } = room.attest(digested, 'robustness', predicate, signer);
  writeWhole(output, bundle);
  const sha256 = createHash('sha256').update(bundle).digest('hex');
  return { output, kind: 'robustness', digest: digested.digest, keySha256, sha256 };
}

function createTeller(): { tell(progress: LabRoom.RunProgress): void; end(): void } {
  const line = createStatusLine();
  return {
    tell({ what, eps, done, of, fooled }) {
      const share = of === 0 ? 100 : Math.floor((done / of) * 100);
      const more = eps === undefined ? '' : ` within ${eps}, ${fooled} fooled`;
      line.show(`${what === 'clean' ? 'samples as they are' : what}${more}: ${Math.floor(done)} of ${of} (${share}%)`);
    },
    end: () => line.end(),
  };
}

async function attack(model: string | undefined, options: LabOptions): Promise<ExitCode> {
  checkUsage(model, options);
  const room = await import('../lab/index.ts');
  const gate = options.gate === undefined ? undefined : room.readSettings(options.gate, LabGate);
  const samples = room.loadSamples(options.data, { most: options.samples, label: options.label });
  const bounds = options.clip === undefined ? room.boundsOf(samples) : room.parseBounds(options.clip);
  const constraints =
    options.constraints === undefined ? undefined : room.readSettings(options.constraints, LabConstraints);
  const free =
    constraints === undefined
      ? () => ({ low: bounds.low, high: bounds.high })
      : room.constrain(constraints, bounds, samples);
  const opened = await open(room, model, samples, options, room.wantsGradients(room.ATTACKS, options.attacks));
  const { target } = opened;
  // Between whole numbers there is nothing for a model that takes them.
  const round = options.round ?? (target.isWhole === true ? 1 : undefined);
  try {
    room.checkShape(samples, target.shape);
    room.checkLabels(samples, target.classes);
    const plans =
      model === undefined || options.eps === undefined
        ? []
        : room.planAttacks(room.ATTACKS, target, {
            names: options.attacks,
            norm: options.norm,
            steps: options.steps,
            queries: options.queries,
          });
    const eps = options.eps ?? [];
    const space = round === undefined ? free : room.onGrid(free, round, samples);
    checkReach(options, round);
    if (gate !== undefined)
      room.checkGate(gate, { attacks: plans.map((plan) => plan.attack.name), norm: options.norm, eps });
    const stopped = new AbortController();
    const teller = createTeller();
    const gallery = room.createGallery(samples);
    const exported = options.out === undefined ? undefined : room.createExport(options.out, samples);
    const run: LabRoom.RunOptions = {
      plans,
      norm: options.norm,
      eps,
      seed: options.seed,
      batch: options.batch,
      space,
      budget: { total: options.totalQueries, perSample: options.queries },
      signal: stopped.signal,
      onProgress: (progress) => teller.tell(progress),
      onJudged: (judged) => {
        if (options.html !== undefined) gallery.add(judged);
        exported?.add(judged);
      },
    };
    const told = {
      bounds: bounds.told,
      constraints: options.constraints && room.digestFile(options.constraints),
      round,
      options,
    };
    const size = samples.x.length / samples.count;
    const state =
      options.resume === undefined
        ? undefined
        : room.openState(options.resume, identityOf(opened, samples, run, told), size);
    if (state !== undefined && state.restored > 0)
      tell(`${state.restored} finished batches are taken from ${options.resume}`);
    const stop = (): void => {
      tell('stopping: what is there is judged; once more stops at once');
      stopped.abort();
    };
    process.once('SIGINT', stop);
    let card: Scorecard;
    let outcome;
    try {
      outcome = await room.runAttacks(target, samples, state === undefined ? run : { ...run, kept: state });
      card = room.toScorecard({
        version: VERSION,
        time: new Date(),
        target,
        model: opened.model,
        samples,
        options: run,
        bounds: bounds.told,
        constrained: constraints !== undefined,
        round,
        outcome,
        ...(options.corruptions === true
          ? { corruptions: await room.runCorruptions(target, samples, space(options.norm, Infinity), run) }
          : {}),
        ...(options.certify === undefined
          ? {}
          : { certificates: await runCertificates(room, target, samples, run, options) }),
        ...(opened.variants === undefined ? {} : { variants: opened.variants }),
      });
    } finally {
      teller.end();
      process.removeListener('SIGINT', stop);
      state?.close();
    }
    const isMore = options.corruptions === true || options.certify !== undefined;
    const isPart = stopped.signal.aborted && (outcome.stopped || isMore);
    if (isPart) card = { ...card, complete: false };
    if (gate !== undefined) card = { ...card, gate: room.judgeGate(gate, card) };
    const text = JSON.stringify(card);
    if (exported !== undefined) {
      const files = exported.end();
      writeWhole(join(options.out!, 'scorecard.json'), text);
      tell(`${files.length + 1} files are in ${options.out}`);
    }
    if (options.html !== undefined) {
      const last = outcome.runs.filter((each) => each.eps === card.eps);
      const range: [number, number] = [least(bounds.low), most(bounds.high)];
      const queries = last.flatMap(({ plan, toSuccess }) =>
        toSuccess === undefined ? [] : [{ name: plan.attack.name, toSuccess }],
      );
      const pictures = gallery.pictures(card.eps ?? 0);
      writeWhole(options.html, room.renderReport({ card, pictures, range, queries, classNames: samples.classNames }));
      tell(`the report is in ${options.html}`);
    }
    const attestation = options.attest === undefined ? undefined : await attest(model!, options, card, text);
    if (options.json === true) printJson(attestation === undefined ? card : { ...card, attestation });
    else printScorecard(card);
    if (card.gate?.passed === false || isBelow(card, options.failOn)) return 1;
    return isPart ? 3 : 0;
  } finally {
    await target.close();
  }
}

/** @throws AncileError `usage` where rounding leaves nothing to change */
function checkReach({ eps, norm }: LabOptions, round: number | undefined): void {
  const small = eps?.find((each) => norm === 'linf' && round !== undefined && each < round * (1 - 1e-6));
  if (small === undefined) return;
  throw new AncileError('usage', `within ${small} nothing can change: examples are rounded to multiples of ${round}`, {
    hint: 'Give --eps in the units of the data as the model takes it.',
  });
}

/** A run that was cut short has shown less than was asked for. */
function isBelow({ worstCase, complete }: Scorecard, share: number | undefined): boolean {
  if (share === undefined) return false;
  if (complete && worstCase !== undefined && worstCase.robustAccuracy >= share) return false;
  const found = worstCase === undefined ? 'nothing was measured' : `it is ${worstCase.robustAccuracy.toFixed(4)}`;
  tell(`robust accuracy of at least ${share} is required: ${found}${complete ? '' : ', of a part'}`);
  return true;
}

const least = (value: number | Float32Array): number =>
  typeof value === 'number' ? value : value.reduce((a, b) => Math.min(a, b));
const most = (value: number | Float32Array): number =>
  typeof value === 'number' ? value : value.reduce((a, b) => Math.max(a, b));

export function defineLab(program: Command): void {
  const group = program.command('lab').description('attack predictive models, and say how they stand up to it');
  withLabOptions(
    withJson(group.command('attack').description('attack a model by its own data: a scorecard of its robustness')),
  )
    .argument('[model]', 'an ONNX file, or the address of a model')
    .action(action(attack));
  defineLabText(group);
}

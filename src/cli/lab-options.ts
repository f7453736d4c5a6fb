// What `ancile lab attack` is told on the command line, as values.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AncileError } from '../base/index.ts';
import { readSecret } from '../config/index.ts';
import { LabNorm } from '../contract/index.ts';
import type { Output } from '../lab/index.ts';
import { each } from './model-options.ts';
import type { PassphraseOptions } from './passphrase.ts';

export const PROTOCOLS = ['oip', 'tfserving', 'mlflow', 'json'] as const;
const OUTPUTS = ['logits', 'probabilities', 'labels'] as const satisfies readonly Output[];

export type CertifyMethod = 'interval' | 'smoothing';

export interface LabOptions extends PassphraseOptions {
  readonly json?: boolean;
  readonly data: string;
  readonly label?: string;
  readonly samples?: number;
  readonly attacks?: readonly string[];
  readonly norm: LabNorm;
  readonly eps?: readonly number[];
  readonly steps?: number;
  readonly queries?: number;
  readonly totalQueries?: number;
  readonly batch: number;
  readonly clip?: string;
  readonly round?: number;
  readonly constraints?: string;
  readonly corruptions?: boolean;
  readonly certify?: readonly CertifyMethod[];
  readonly sigma?: number;
  readonly copies: number;
  readonly certifySamples: number;
  readonly failOn?: number;
  readonly seed: number;
  readonly threads?: number;
  readonly output?: string;
  readonly targetOutput?: Output;
  readonly protocol?: (typeof PROTOCOLS)[number];
  readonly template?: string;
  readonly header?: string[];
  readonly predictions?: string;
  readonly resume?: string;
  readonly out?: string;
  readonly html?: string;
  readonly gate?: string;
  readonly attest?: string;
  readonly attestOutput?: string;
  readonly certificate?: string[];
}

export const count =
  (least: number) =>
  (text: string): number => {
    if (/^\d{1,12}$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`expected a whole number from ${least}`);
  };

function toEps(text: string): number[] {
  const values = text.split(',').map((part) => {
    // 8/255 is how bounds of pictures are written.
    const [, top, below] = /^\s*(\d+(?:\.\d+)?(?:e-?\d+)?|\.\d+)(?:\/(\d+(?:\.\d+)?))?\s*$/i.exec(part) ?? [];
    const value = Number(top) / Number(below ?? 1);
    if (top !== undefined && value > 0 && Number.isFinite(value)) return value;
    throw new InvalidArgumentError('expected numbers above 0, such as 0.1 or 4/255,8/255');
  });
  return [...new Set(values)];
}

function toStep(text: string): number {
  const [step, ...more] = toEps(text);
  if (step !== undefined && more.length === 0) return step;
  throw new InvalidArgumentError('expected one number above 0, such as 1 or 1/255');
}

function toMethods(text: string): CertifyMethod[] {
  const methods = text.split(',').map((part) => part.trim());
  const isMethod = (name: string): name is CertifyMethod => name === 'interval' || name === 'smoothing';
  if (methods.every(isMethod)) return [...new Set(methods)];
  throw new InvalidArgumentError('expected interval, smoothing or both, separated by a comma');
}

function toSigma(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number above 0');
}

export function toShare(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected a share from 0 to 1');
}

const list = (text: string): string[] => text.split(',').map((part) => part.trim());

export function withLabOptions(command: Command): Command {
  return command
    .requiredOption('--data <file>', 'samples and labels: .npz with x and y, or .csv with a heading')
    .option('--label <column>', 'of a .csv: the column of labels')
    .option('--samples <n>', 'take the first so many', count(1))
    .option('--attacks <names>', 'which, separated by commas; pgd:100 with steps of its own', list)
    .addOption(new Option('--norm <norm>', 'how a change is measured').choices(LabNorm.options).default('linf'))
    .option('--eps <values>', 'how far samples may be moved, one or several: 0.1 or 4/255,8/255', toEps)
    .option('--steps <n>', 'iterations of attacks by gradients', count(1))
    .option('--queries <n>', 'most queries for each sample', count(1))
    .option('--total-queries <n>', 'most queries of all attacks together', count(1))
    .option('--batch <n>', 'samples at a time', count(1), 128)
    .option('--clip <min,max>', 'bounds of each number; default read from the data')
    .option(
      '--round <step>',
      'examples are of its multiples: 1/255 of pictures in [0, 1]; 1 by itself where the model takes whole numbers',
      toStep,
    )
    .option('--constraints <file>', 'of a table: what its columns may become (YAML)')
    .option('--corruptions', 'measure common corruptions at five severities as well; without --eps, nothing else')
    .option(
      '--certify <methods>',
      'prove what can be: interval (within eps of linf), smoothing (within l2, by --sigma)',
      toMethods,
    )
    .option('--sigma <s>', 'of smoothing: standard deviation of the noise', toSigma)
    .option('--copies <n>', 'of smoothing: noisy copies of each sample', count(100), 10_000)
    .option('--certify-samples <n>', 'samples that are certified, from the first', count(1), 100)
    .option('--seed <n>', 'the same seed, the same run', count(0), 0)
    .option('--threads <n>', 'of the runtime', count(1))
    .option('--output <name>', 'of an ONNX file with several: the output with the scores')
    .addOption(new Option('--target-output <kind>', 'what the model gives, where it does not show').choices(OUTPUTS))
    .addOption(new Option('--protocol <protocol>', 'how a model behind an address is asked').choices(PROTOCOLS))
    .option('--template <file>', 'of the protocol json: request and place of the scores (JSON)')
    .option('--header <name=source>', 'sent to the address: NAME=env:VARIABLE or NAME=file:PATH; repeatable', each)
    .option('--predictions <file>', 'stored predictions (.npz) in place of a model: measured, not attacked')
    .option('--resume <file>', 'keep finished batches there, and take up the run that it holds')
    .option('--out <dir>', 'write the examples, a line for each sample and the scorecard there')
    .option('--html <file>', 'write a report as one page')
    .option(
      '--fail-on <share>',
      'exit code 1 where the robust accuracy (the worst case) is below it, such as 0.5',
      toShare,
    )
    .option('--gate <file>', 'exit code 1 where the model is not as robust as it requires (YAML)')
    .option('--attest <key>', 'sign the scorecard as an attestation of the model with this key in PEM')
    .option('--attest-output <file>', 'where to; default MODEL.robustness.json')
    .option('--certificate <file>', 'of that key, in PEM, then those above it; repeatable', each)
    .option('--passphrase-env <name>', 'environment variable that holds the key’s passphrase')
    .option('--passphrase-file <file>', 'file that holds the key’s passphrase');
}

/** @throws AncileError `usage` where a header is not of its form; `config_invalid` where its value is not there */
export function readHeaders(given: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, source, place] = /^([A-Za-z0-9-]{1,100})=(env|file):(.+)$/.exec(text) ?? [];
      if (name === undefined || place === undefined) {
        throw new AncileError('usage', '--header: expected NAME=env:VARIABLE or NAME=file:PATH', {
          hint: 'Values are named, never written: other users see the command line.',
        });
      }
      const value = readSecret(source === 'env' ? { env: place } : { file: place }, `--header ${name}`, process.cwd());
      if (!/^[\x20-\x7e]*$/.test(value)) throw new AncileError('usage', `--header ${name}: its value is no header's`);
      return [name.toLowerCase(), value];
    }),
  );
}

/** @throws AncileError `usage` for options that do not go together */
export function checkUsage(model: string | undefined, options: LabOptions): void {
  const refuse = (message: string, hint?: string): AncileError =>
    new AncileError('usage', message, hint === undefined ? {} : { hint });
  const { predictions, protocol, template, attacks, eps } = options;
  if ((model === undefined) === (predictions === undefined)) {
    throw refuse('give either a model or --predictions', 'ancile lab attack MODEL --data FILE --eps 0.1');
  }
  if (predictions !== undefined) {
    const all = ['eps', 'steps', 'queries', 'corruptions', 'certify', 'protocol', 'resume', 'out', 'attest'] as const;
    const asking = all.find((name) => options[name] !== undefined);
    if (attacks !== undefined || asking !== undefined) {
      const what = attacks === undefined ? `--${asking}` : attacks.join(', ');
      throw refuse(
        `${what}: stored predictions answer for their own samples only, and cannot be attacked`,
        'Give the model itself, or its address.',
      );
    }
    return;
  }
  const { certify = [], sigma, failOn, norm } = options;
  const isWithoutEps = options.corruptions === true || (certify.length > 0 && !certify.includes('interval'));
  if (eps === undefined && (!isWithoutEps || attacks !== undefined))
    throw refuse('--eps says how far samples may be moved', 'Such as --eps 0.1; of pictures --eps 8/255.');
  if (certify.includes('smoothing') !== (sigma !== undefined))
    throw refuse('--certify smoothing and --sigma go together', 'Such as --certify smoothing --sigma 0.25.');
  if (certify.includes('interval') && norm !== 'linf')
    throw refuse('--certify interval is for --norm linf', 'Within l2: --certify smoothing --sigma 0.25.');
  if (failOn !== undefined && eps === undefined) throw refuse('--fail-on is of attacks: it needs --eps');
  const isAddress = /^https?:\/\//.test(model!);
  if (isAddress && protocol === undefined)
    throw refuse('an address needs --protocol', `One of ${PROTOCOLS.join(', ')}.`);
  if (!isAddress && (protocol !== undefined || options.header !== undefined))
    throw refuse('--protocol and --header are for a model behind an address');
  if ((protocol === 'json') !== (template !== undefined)) throw refuse('--protocol json and --template go together');
  if (isAddress && options.attest !== undefined)
    throw refuse('--attest needs the model itself: behind an address it has no digest');
}

// ancile lab text: known attacks whose words are edited, against the prompt-attack detector and policies in force.
import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { openInspector } from '../app/index.ts';
import { AncileError, type ExitCode } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { VERSION, loadConfig } from '../config/index.ts';
import type { TextScorecard } from '../contract/index.ts';
import type { TextLevel } from '../lab/index.ts';
import { wilson } from '../stats/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { count, toShare } from './lab-options.ts';
import { readFile } from './model-options.ts';
import { createStatusLine } from './progress.ts';
import { paint, print, printJson, showText, table } from './terminal.ts';

const LEVELS: readonly TextLevel[] = ['character', 'word'];
/** An attack where it says so, or says nothing. */
const Line = z.object({ text: z.string().min(1), label: z.union([z.string(), z.number(), z.boolean()]).optional() });
const HARMLESS: readonly unknown[] = [0, false, '0', 'benign', 'safe', 'harmless'];

interface Options {
  readonly config?: string;
  readonly json?: boolean;
  readonly data: string;
  readonly attacks: readonly TextLevel[];
  readonly samples?: number;
  readonly queries: number;
  readonly share: number;
  readonly seed: number;
  readonly out?: string;
  readonly failOn?: number;
}

function toLevels(text: string): TextLevel[] {
  const levels = text.split(',').map((part) => part.trim());
  const isLevel = (name: string): name is TextLevel => (LEVELS as readonly string[]).includes(name);
  if (levels.every(isLevel)) return [...new Set(levels)];
  throw new InvalidArgumentError('expected character, word or both, separated by a comma');
}

function readTexts(path: string, most: number | undefined): string[] {
  const texts: string[] = [];
  const lines = readFile(path, '--data').toString().split('\n');
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const at = `${path}:${i + 1}`;
    const parsed = Line.safeParse(parseJson(line, { what: at }));
    if (!parsed.success) {
      const hint = 'A JSON object a line: {"text": "...", "label": 1}; lines labelled 0 are left out.';
      throw new AncileError('request_invalid', `${at}: ${parsed.error.issues[0]!.message}`, { at, hint });
    }
    if (!HARMLESS.includes(parsed.data.label)) texts.push(parsed.data.text);
  }
  if (texts.length === 0) throw new AncileError('request_invalid', `${path} holds no attacks`, { at: path });
  return texts.slice(0, most);
}

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

function printCard({ data, attacks, worstCase, complete }: TextScorecard): void {
  print(
    `${data.texts} attacks of ${showText(data.path)}: ${data.caught} are caught as they are (${percent(data.share)})`,
  );
  const rows = attacks.map(({ name, attacked, fooled, robustAccuracy, interval, queries }) => [
    name,
    percent(robustAccuracy),
    `${percent(interval.low)} to ${percent(interval.high)}`,
    `${fooled} of ${attacked}`,
    `${Math.round(queries.meanPerText)} each`,
  ]);
  print(table(['edits', 'still caught', '95% interval', 'got past', 'queries'], rows));
  print(`whatever the edits: ${percent(worstCase.robustAccuracy)}`);
  if (!complete) print(paint('yellow', 'partial: it was stopped'));
}

async function run({
  config,
  json,
  data,
  attacks,
  samples,
  queries,
  share,
  seed,
  out,
  failOn,
}: Options): Promise<ExitCode> {
  const texts = readTexts(data, samples);
  const room = await import('../lab/index.ts');
  const inspector = await openInspector(loadConfig(config));
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once('SIGINT', stop);
  const line = createStatusLine();
  const past: string[] = [];
  const started = performance.now();
  try {
    const filter = async (text: string) => {
      const { decision, score } = await inspector.inspect(text, 'user');
      return { caught: decision.action !== 'allow' && decision.action !== 'flag', score };
    };
    const { caught, ...found } = await room.attackFilter(filter, texts, {
      ...{ levels: attacks, queries, share, seed, signal: stopped.signal },
      onProgress: (level, done, of, fooled) => line.show(`${level}: ${done} of ${of}, ${fooled} got past`),
      onFooled: (level, text, { edits, text: edited, score }) =>
        past.push(JSON.stringify({ line: text, level, text: edited, score, edits })),
    });
    const card: TextScorecard = {
      tool: { name: 'ancile', version: VERSION },
      data: {
        ...{ path: data, digest: room.digestFile(data), texts: texts.length, caught },
        ...{ share: caught / texts.length, interval: wilson(caught, texts.length) },
      },
      settings: { queries, share, seed },
      ...found,
      seconds: (performance.now() - started) / 1000,
    };
    line.end();
    if (out !== undefined) writeFileSync(out, past.map((each) => `${each}\n`).join(''));
    if (json === true) printJson(card);
    else printCard(card);
    if (failOn !== undefined && (!card.complete || card.worstCase.robustAccuracy < failOn)) return 1;
    return card.complete ? 0 : 3;
  } finally {
    line.end();
    process.removeListener('SIGINT', stop);
    await inspector.close();
  }
}

export function defineLabText(group: Command): void {
  withJson(
    withConfig(group.command('text').description('edit the words of known attacks until they get past the detector')),
  )
    .requiredOption('--data <file>', 'JSON lines: {"text", "label"?}; what is labelled 0 or benign is left out')
    .option('--attacks <levels>', 'which edits: character, word', toLevels, LEVELS)
    .option('--samples <n>', 'take the first so many', count(1))
    .option('--queries <n>', 'most queries for each text and kind of edits', count(1), 200)
    .option('--share <share>', 'of its words that may be edited', toShare, 0.4)
    .option('--seed <n>', 'the same seed, the same run', count(0), 0)
    .option('--out <file>', 'write what got past there, a JSON line each')
    .option('--fail-on <share>', 'exit code 1 where fewer than this share are caught before and after', toShare)
    .action(action(run));
}

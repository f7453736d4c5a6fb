// ancile flow: what flow control would rule on recorded traces of agents.
import { createReadStream, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { flowVocabulary, openPolicies, readLabels } from '../app/index.ts';
import { AncileError, type ExitCode, systemCode } from '../base/index.ts';
import { type InputLine, isBlankLine, parseJson, readInputLines } from '../codec/index.ts';
import { loadConfig } from '../config/index.ts';
import type { FlowLabels } from '../contract/index.ts';
import { FlowMode, isDenial } from '../contract/index.ts';
import {
  type AdaptiveReach,
  FlowTrace,
  type ReplayParts,
  type ReplaySummary,
  ReplayTally,
  type ReplayedCall,
  type ToolBook,
  adaptiveReach,
  createToolBook,
  replayTrace,
  traceId,
} from '../guard/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { paint, printJson, table, tell } from './terminal.ts';

/** Of a line of traces, and of a file of labels or tools. */
const MAX_BYTES = 64_000_000;

interface Options {
  readonly config?: string;
  readonly traces: string;
  readonly labels: string;
  readonly tools?: string;
  readonly mode: FlowMode;
  readonly summary?: boolean;
  readonly json?: boolean;
}

/** @throws AncileError `not_found`, `usage` */
function readJson(path: string, what: string): unknown {
  let bytes;
  try {
    bytes = readFileSync(path);
  } catch (thrown) {
    throw new AncileError('usage', `${path} cannot be read (${systemCode(thrown) ?? 'unknown error'})`, {
      hint: `Name a file with the ${what}.`,
    });
  }
  return parseJson(bytes, { maxBytes: MAX_BYTES, what });
}

/** Lines of a file, unpacked where it is gzipped. */
async function* readLines(path: string): AsyncGenerator<InputLine> {
  const file = createReadStream(path);
  const first = await new Promise<Buffer | undefined>((resolve, reject) => {
    file.once('error', (thrown) =>
      reject(
        new AncileError('usage', `${path} cannot be read (${systemCode(thrown) ?? 'unknown error'})`, {
          hint: 'Name a file with a trace a line, JSON, plain or gzipped.',
        }),
      ),
    );
    file.once('readable', () => resolve(file.read() as Buffer | undefined));
    file.once('end', () => resolve(undefined));
  });
  if (first === null || first === undefined) return;
  file.unshift(first);
  const isPacked = first[0] === 0x1f && first[1] === 0x8b;
  yield* readInputLines((isPacked ? file.pipe(createGunzip()) : file) as AsyncIterable<Buffer>, MAX_BYTES);
}

function parseTrace({ bytes, number, tooLong }: InputLine, file: string): FlowTrace {
  const at = `${basename(file)}:${number}`;
  if (tooLong) throw new AncileError('body_too_large', `${at}: longer than ${MAX_BYTES} bytes`, { at });
  const trace = FlowTrace.safeParse(parseJson(bytes, { maxBytes: MAX_BYTES, what: at }));
  if (trace.success) return trace.data;
  const issue = trace.error.issues[0]!;
  throw new AncileError('request_invalid', `${at}: ${issue.path.join('.') || 'the trace'}: ${issue.message}`, {
    at,
    hint: 'A trace has suite, user_task, prompt, user_calls and injection_calls.',
  });
}

const ToolList = z.array(z.looseObject({ name: z.string() }));

/** The books of tools by suite. */
function openBooks({ labels, tools }: Options): (suite: string) => { labels: FlowLabels; book: ToolBook } {
  const file = readLabels(readJson(labels, 'labels'), basename(labels));
  const listed = tools === undefined ? undefined : ToolList.safeParse(readJson(tools, 'tools'));
  if (listed?.success === false) {
    throw new AncileError('usage', `${tools}: ${listed.error.issues[0]!.message}`, {
      hint: 'Tools are a list of objects, each with a name.',
    });
  }
  const names = listed === undefined ? undefined : new Set(listed.data.map(({ name }) => name));
  const known =
    names === undefined ? undefined : { hint: (tool: string) => (names.has(tool) ? { readOnly: true } : undefined) };
  const books = new Map<string, { labels: FlowLabels; book: ToolBook }>();
  return (suite) => {
    let found = books.get(suite);
    if (found === undefined) {
      const own = file instanceof Map ? file.get(suite) : (file as FlowLabels);
      if (own === undefined) {
        throw new AncileError('usage', `${basename(labels)} has no labels for the suite "${suite}"`, {
          hint: `It has: ${file instanceof Map ? [...file.keys()].join(', ') : ''}.`,
        });
      }
      books.set(suite, (found = { labels: own, book: createToolBook(own, known) }));
    }
    return found;
  };
}

/** The published form of a decided call: one line of JSON. */
function toLine(trace: string, { phase, index, ruling }: ReplayedCall): unknown {
  const { tool, action: ruled, reasons, policies } = ruling;
  const decision = isDenial(ruled) ? ruled : 'allow';
  const why = decision === 'allow' ? reasons : [...reasons, ...policies.map(({ id, reason }) => `${id}: ${reason}`)];
  return { trace, call: index, phase, tool, decision, reasons: why, arguments: ruling.arguments };
}

interface Reach {
  proposed: number;
  readonly controlled: Set<string>;
  readonly steered: Map<string, number>;
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${part} of ${whole} (${((100 * part) / whole).toFixed(1)}%)`;
}

function tellSummary(summary: ReplaySummary, reach: Reach, mode: FlowMode): void {
  tell(paint('bold', `mode ${mode}`, process.stderr));
  tell(
    table(
      ['suite', 'tasks without a hold', 'attacks stopped', 'with a write through', 'holds a task'],
      [...summary.suites, { suite: 'all', ...summary.total }].map((suite) => [
        suite.suite,
        share(suite.unheld, suite.tasks),
        share(suite.stopped, suite.attacks),
        share(suite.leaking, suite.attacks),
        suite.tasks === 0 ? '-' : (suite.holds / suite.tasks).toFixed(2),
      ]),
    ),
  );
  const controlled = [...reach.controlled];
  tell(
    `An adaptive attacker: ${controlled.length} protected arguments under his control, of ${reach.proposed} calls proposed.`,
  );
  if (controlled.length > 0) tell(`  ${controlled.join(', ')}`);
}

export function defineFlow(program: Command): void {
  const flow = program.command('flow').description('flow control of tool calls');
  withJson(withConfig(flow.command('replay').description('what would be ruled on recorded traces of agents')))
    .requiredOption('--traces <file>', 'a trace a line, JSON, plain or gzipped')
    .requiredOption('--labels <file>', 'what the tools do and how far their results are trusted, by suite')
    .option('--tools <file>', 'the tools that there are; a call of another is unlabelled')
    .addOption(new Option('--mode <mode>', 'how strict').choices(FlowMode.options).default('strict'))
    .option('--summary', 'totals and what an adaptive attacker reaches, as a last line')
    .action(
      action(async (options: Options): Promise<ExitCode> => {
        const bookOf = openBooks(options);
        const common = {
          policies: openPolicies(loadConfig(options.config)),
          mode: options.mode,
          vocabulary: flowVocabulary(),
        };
        const tally = new ReplayTally();
        const reach: Reach = { proposed: 0, controlled: new Set(), steered: new Map() };
        const tasks = new Set<string>();
        for await (const line of readLines(options.traces)) {
          if (isBlankLine(line)) continue;
          const trace = parseTrace(line, options.traces);
          const { labels, book } = bookOf(trace.suite);
          const parts: ReplayParts = { ...common, book };
          const calls = replayTrace(parts, trace);
          for (const call of calls) printJson(toLine(traceId(trace), call));
          if (options.summary !== true) continue;
          tally.add(trace, calls);
          const task = `${trace.suite}/${trace.user_task}`;
          if (tasks.has(task)) continue;
          tasks.add(task);
          addReach(reach, task, adaptiveReach(parts, labels, trace));
        }
        if (options.summary === true) {
          const summary = tally.summary();
          const adaptive = {
            proposed: reach.proposed,
            controlled: [...reach.controlled],
            steered: Object.fromEntries(reach.steered),
          };
          printJson({ summary: { mode: options.mode, ...summary, adaptive } });
          tellSummary(summary, reach, options.mode);
        }
        return 0;
      }),
    );
}

function addReach(reach: Reach, task: string, { proposed, controlled, steered }: AdaptiveReach): void {
  reach.proposed += proposed;
  for (const each of controlled) reach.controlled.add(`${task} ${each}`);
  for (const tool of steered) reach.steered.set(tool, (reach.steered.get(tool) ?? 0) + 1);
}

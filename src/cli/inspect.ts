// ancile inspect: judge text from standard input, whole or a JSON line at a time, with the policies in force.
import { isUtf8 } from 'node:buffer';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type TextVerdict, openInspector } from '../app/index.ts';
import { AncileError, type ExitCode } from '../base/index.ts';
import { type InputLine, isBlankLine, parseJson, readInputLines } from '../codec/index.ts';
import { loadConfig } from '../config/index.ts';
import { Channel, type Explanation, Severity, isAtLeast } from '../contract/index.ts';
import { action, withConfig, withJson } from './command.ts';
import { printExplanation } from './explanation.ts';
import { paint, print, printJson, tell } from './terminal.ts';

/** Of a line, and of a whole text. */
const MAX_BYTES = 20_000_000;
const Line = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  text: z.string(),
  channel: Channel.optional(),
});

/** The verdict on a text; what moved its score, where that was asked for. */
type Judged = TextVerdict & { readonly explanation?: readonly Explanation[] };
type Judge = (text: string, channel: Channel) => Promise<Judged>;

/** The published form of a verdict: one line of JSON. */
function toOutput(id: string | number | undefined, { decision, findings, score, explanation }: Judged): unknown {
  return {
    ...(id === undefined ? {} : { id }),
    decision: decision.action,
    score: Number(score.toFixed(4)),
    findings: findings.map((finding) => ({
      rule: finding.rule,
      class: finding.class,
      severity: finding.severity,
      score: finding.score,
      start: finding.start,
      end: finding.end,
      techniques: finding.techniques,
      ...(finding.opinion === undefined ? {} : { opinion: finding.opinion }),
    })),
    ...(explanation === undefined ? {} : { explanation }),
  };
}

const COLORS = { info: 'dim', low: 'blue', medium: 'yellow', high: 'red', critical: 'red' } as const;

function printVerdict({ decision, findings, score, explanation }: Judged): void {
  print(`${paint('bold', decision.action)}  injection score ${score.toFixed(2)}`);
  for (const finding of findings) {
    const severity = paint(COLORS[finding.severity], finding.severity.padEnd(8));
    const place = `${finding.start}-${finding.end}`.padEnd(12);
    print(`  ${severity}  ${place}  ${finding.rule}  ${finding.evidence}  ${finding.techniques.join(' ')}`);
  }
  for (const policy of decision.policies.filter((each) => each.action !== 'allow')) {
    print(`  ${paint('dim', 'policy')}    ${policy.id}: ${policy.reason}`);
  }
  for (const stage of decision.stages) print(`  ${paint('dim', stage.status)}    ${stage.stage} ${stage.detail ?? ''}`);
  if (explanation !== undefined) printExplanation(explanation);
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The whole of standard input. What is no UTF-8 is judged as it would be shown, and told. */
async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) {
      const hint = 'Give it in parts, a line each, with --jsonl.';
      throw new AncileError('body_too_large', `the text is larger than ${MAX_BYTES} bytes`, { hint });
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (!isUtf8(bytes)) {
    tell(`${paint('yellow', 'note', process.stderr)}: not all of it is UTF-8; what is not was judged as U+FFFD.`);
  }
  return utf8.decode(bytes);
}

function parseLine({ bytes, tooLong }: InputLine): z.infer<typeof Line> {
  if (tooLong) throw new AncileError('body_too_large', `longer than ${MAX_BYTES} bytes`);
  const line = Line.safeParse(parseJson(bytes, { maxBytes: MAX_BYTES, what: 'the line' }));
  if (line.success) return line.data;
  const issue = line.error.issues[0]!;
  throw new AncileError('request_invalid', `${issue.path.join('.') || 'the line'}: ${issue.message}`);
}

/** Judges JSON lines as they come; a line that is wrong is told by its number and the rest still judged. */
async function judgeLines(judge: Judge, channel: Channel, note: (verdict: TextVerdict) => void): Promise<boolean> {
  let sound = true;
  for await (const line of readInputLines(process.stdin as AsyncIterable<Buffer>, MAX_BYTES)) {
    if (isBlankLine(line)) continue;
    try {
      const { id = line.number, text, channel: by = channel } = parseLine(line);
      const verdict = await judge(text, by);
      printJson(toOutput(id, verdict));
      note(verdict);
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
      sound = false;
      tell(`${paint('red', 'line', process.stderr)} ${line.number}: ${thrown.message}`);
    }
  }
  return sound;
}

export function defineInspect(program: Command): void {
  interface Options {
    readonly config?: string;
    readonly json?: boolean;
    readonly jsonl?: boolean;
    readonly explain?: boolean;
    readonly channel: Channel;
    readonly failOn: Severity | 'never';
  }
  withJson(withConfig(program.command('inspect').description('judge text from standard input')))
    .addOption(new Option('--channel <channel>', 'how the text came').choices(Channel.options).default('user'))
    .option('--jsonl', 'one JSON object a line in, {"id","text","channel"?}, and one out')
    .option('--explain', 'say as well which words, concepts and rules moved the prompt-attack score')
    .addOption(
      new Option('--fail-on <severity>', 'exit code 1 for findings as severe as this')
        .choices([...Severity.options, 'never'])
        .default('high'),
    )
    .action(
      action(async ({ config, json, jsonl, explain, channel, failOn }: Options): Promise<ExitCode> => {
        const inspector = await openInspector(loadConfig(config));
        const judge: Judge = async (text, by) => ({
          ...(await inspector.inspect(text, by)),
          ...(explain === true ? { explanation: inspector.explain(text, by) } : {}),
        });
        let failed = false;
        const note = ({ findings }: TextVerdict): void => {
          if (failOn === 'never') return;
          failed ||= findings.some(({ severity }) => isAtLeast(severity, failOn));
        };
        try {
          if (jsonl === true) {
            if (!(await judgeLines(judge, channel, note))) return 2;
          } else {
            if (process.stdin.isTTY) tell('Reading text from the terminal; Ctrl-D ends it.');
            const verdict = await judge(await readAll(), channel);
            note(verdict);
            if (json === true) printJson(toOutput(undefined, verdict));
            else printVerdict(verdict);
          }
        } finally {
          await inspector.close();
        }
        return failed ? 1 : 0;
      }),
    );
}

// A sample of traffic as lines: JSON of texts, the export of people's feedback, or plain texts.
import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { AncileError, systemCode } from '../base/index.ts';
import { type InputLine, isBlankLine, parseJson, readInputLines } from '../codec/index.ts';
import { Channel, ExampleLabel } from '../contract/index.ts';

const MAX_LINE_BYTES = 20_000_000;

/** As `inspect --jsonl` takes them and `feedback export` gives them; further fields are passed over. */
const Line = z.object({
  text: z.string().nullable(),
  channel: Channel.optional(),
  label: ExampleLabel.optional(),
});

export interface SampleText {
  /** Where it stands, from 1 on. */
  readonly line: number;
  /** Null where none is kept. */
  readonly text: string | null;
  readonly channel: Channel;
  readonly label: ExampleLabel;
}

export interface SampleOptions {
  /** Of texts that do not say how they came. */
  readonly channel: Channel;
  /** Each line is a text, not JSON. */
  readonly plain: boolean;
}

function readLine(from: InputLine, { channel, plain }: SampleOptions): SampleText {
  const { number: line, bytes, tooLong } = from;
  const at = `line ${line}`;
  if (tooLong) throw new AncileError('body_too_large', `the line is longer than ${MAX_LINE_BYTES} bytes`, { at });
  if (plain) return { line, text: Buffer.from(bytes).toString('utf8'), channel, label: 'benign' };
  let value: unknown;
  try {
    value = parseJson(bytes, { maxBytes: MAX_LINE_BYTES, what: 'the line' });
  } catch (thrown) {
    if (!(thrown instanceof AncileError)) throw thrown;
    const hint = 'Expected one JSON object a line; of plain texts, one a line, --lines tells.';
    throw new AncileError('request_invalid', thrown.message, { at, hint, cause: thrown });
  }
  const read = Line.safeParse(value);
  if (!read.success) {
    const issue = read.error.issues[0]!;
    throw new AncileError('request_invalid', `${issue.path.join('.') || 'the line'}: ${issue.message}`, {
      at,
      hint: 'Expected {"text","channel"?,"label"?}, as `ancile inspect --jsonl` takes and `ancile feedback export` gives.',
    });
  }
  const { text: given, channel: by = channel, label = 'benign' } = read.data;
  return { line, text: given, channel: by, label };
}

/**
 * The texts of a file, `-` for standard input, one at a time; blank lines are passed over.
 * @throws AncileError `usage` for a file that cannot be read, `request_invalid` naming the line that is wrong
 */
export async function* readSample(file: string, options: SampleOptions): AsyncGenerator<SampleText> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  try {
    for await (const line of readInputLines(input as AsyncIterable<Buffer>, MAX_LINE_BYTES)) {
      if (!isBlankLine(line)) yield readLine(line, options);
    }
  } catch (thrown) {
    if (thrown instanceof AncileError) throw thrown;
    throw new AncileError('usage', `${file} cannot be read (${systemCode(thrown) ?? 'unknown error'})`, {
      at: file,
      hint: 'Name a file of texts with --benign, or - for standard input.',
      cause: thrown,
    });
  } finally {
    input.destroy();
  }
}

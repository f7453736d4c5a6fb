// A run that can be taken up again: finished batches, a line each behind a heading that says of which run they are. A line is
// written whole or not counted, so that whatever ends the program leaves a file that holds.
import { createHash } from 'node:crypto';
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, truncateSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { AncileError, systemCode } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import type { FinishedBatch } from './attack-run.ts';
import { openBytes } from './data/file-bytes.ts';
import type { Kept } from './run.ts';

const MOST_LINE = 384 << 20;
const BLOCK = 1 << 20;
const LINE_END = 10;
/** Characters of a checksum before each line. */
const SUM = 16;

/** What a run is of: each by a name that a person knows. */
export type RunIdentity = Readonly<Record<string, unknown>>;

const Heading = z.object({ format: z.literal('ancile-lab-state-1'), identity: z.record(z.string(), z.unknown()) });
const Counts = z.array(z.number());
const Line = z.object({
  run: z.string(),
  index: z.int().nonnegative(),
  examples: z.base64(),
  asked: Counts,
  toSuccess: Counts.optional(),
  queries: z.number(),
  gradientQueries: z.number(),
  gradients: z.number(),
  zeroGradients: z.number(),
  seconds: z.number(),
});

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, SUM);
const seal = (value: unknown): string => {
  const text = JSON.stringify(value);
  return `${sumOf(text)} ${text}\n`;
};

/** Whole lines whose checksum holds, up to the first that is none. @returns where that is */
function* readLines(path: string): Generator<{ value: unknown; end: number }> {
  const bytes = openBytes(path);
  try {
    let held: Uint8Array[] = [];
    let length = 0;
    for (let at = 0; at < bytes.size; at += BLOCK) {
      let block = bytes.read(at, BLOCK);
      let from = at;
      for (let end = block.indexOf(LINE_END); end !== -1; end = block.indexOf(LINE_END)) {
        const line = Buffer.concat([...held, block.subarray(0, end)]).toString('utf8');
        const text = line.slice(SUM + 1);
        if (line.slice(0, SUM) !== sumOf(text)) return;
        from += end + 1;
        yield { value: parseJson(text, { what: path, maxBytes: MOST_LINE }), end: from };
        block = block.subarray(end + 1);
        held = [];
        length = 0;
      }
      held.push(block);
      if ((length += block.length) > MOST_LINE) return;
    }
  } finally {
    bytes.close();
  }
}

function toBatch({ run: _run, index: _index, examples, toSuccess, ...rest }: z.infer<typeof Line>): FinishedBatch {
  const bytes = Buffer.from(examples, 'base64');
  const numbers = new Float32Array(bytes.length >> 2);
  Buffer.from(numbers.buffer).set(bytes.subarray(0, numbers.byteLength));
  return { ...rest, examples: numbers, ...(toSuccess === undefined ? {} : { toSuccess }) };
}

function checkIdentity(path: string, found: RunIdentity, wanted: RunIdentity): void {
  const names = [...new Set([...Object.keys(found), ...Object.keys(wanted)])];
  const other = names.filter((name) => !isDeepStrictEqual(found[name], wanted[name]));
  if (other.length === 0) return;
  const show = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value).slice(0, 60));
  const differences = other.map((name) => `${name} (${show(found[name])} there, ${show(wanted[name])} now)`).join(', ');
  throw new AncileError('usage', `${path} is of another run: ${differences}`, {
    at: path,
    hint: 'Run it as it was begun, or name another file.',
  });
}

export interface OpenState extends Kept {
  /** Batches that were there. */
  readonly restored: number;
  close(): void;
}

/**
 * Opens the file of a run, or begins it.
 * @param size - numbers in one sample: a batch that is not made of such is not taken
 * @throws AncileError `usage` where it cannot be written, is no such file, or is of another run (and what differs)
 */
export function openState(path: string, identity: RunIdentity, size: number): OpenState {
  const plain = parseJson(JSON.stringify(identity), { what: 'the run' }) as RunIdentity;
  const batches = new Map<string, FinishedBatch>();
  let end = 0;
  if (existsSync(path)) {
    for (const line of readLines(path)) {
      if (end === 0) {
        const heading = Heading.safeParse(line.value);
        if (!heading.success) break;
        checkIdentity(path, heading.data.identity, plain);
      } else {
        const parsed = Line.safeParse(line.value);
        if (!parsed.success) break;
        const batch = toBatch(parsed.data);
        if (batch.examples.length !== batch.asked.length * size) break;
        batches.set(`${parsed.data.run} ${parsed.data.index}`, batch);
      }
      ({ end } = line);
    }
    if (end === 0 && openSize(path) > 0) {
      throw new AncileError('usage', `${path} is no state of a run, and is not written over`, { at: path });
    }
  }
  let file: number;
  try {
    if (existsSync(path)) truncateSync(path, end);
    file = openSync(path, 'a', 0o600);
    if (end === 0) appendFileSync(file, seal({ format: 'ancile-lab-state-1', identity: plain }));
  } catch (cause) {
    throw new AncileError('usage', `${path} cannot be written (${systemCode(cause) ?? 'unknown'})`, {
      at: path,
      cause,
    });
  }
  return {
    restored: batches.size,
    restore(run, index) {
      return batches.get(`${run} ${index}`);
    },
    keep(run, index, { examples, ...batch }) {
      const bytes = Buffer.from(examples.buffer, examples.byteOffset, examples.byteLength);
      appendFileSync(file, seal({ run, index, examples: bytes.toString('base64'), ...batch }));
      fsyncSync(file);
    },
    close: () => closeSync(file),
  };
}

function openSize(path: string): number {
  const bytes = openBytes(path);
  bytes.close();
  return bytes.size;
}

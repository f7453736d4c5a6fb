// What the watching remembers, in a file of the data folder: written whole beside the old one and put in its place, so that
// a crash leaves one of the two.
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemCode } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';

const VERSION = 1;
const MAX_BYTES = 1_000_000_000;
const MAX_LINE = 256_000_000;

export interface SavedPart {
  readonly part: string;
  /** What the part is of: one of another digest is not gone on from. */
  readonly digest: string;
  readonly state: unknown;
}

export interface SavedState {
  readonly origin: string;
  readonly seq: number;
  readonly now: number;
  readonly parts: readonly SavedPart[];
}

/** Maps as lists of their entries, under a name that no state has. */
function encode(_: string, value: unknown): unknown {
  return value instanceof Map ? { $map: [...(value as Map<unknown, unknown>)] } : value;
}

function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  if ('$map' in value && Array.isArray(value.$map)) return new Map(decode(value.$map) as [unknown, unknown][]);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, decode(each)]));
}

/** Writes the state, a line a part, giving way to others between lines. */
export async function saveState(path: string, { parts, ...head }: SavedState): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.write(`${JSON.stringify({ version: VERSION, ...head })}\n`);
    for (const part of parts) {
      await file.write(`${JSON.stringify(part, encode)}\n`);
      await nextTurn();
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/** The state that was saved last; undefined where there is none, or none that can be gone on from. */
export async function loadState(path: string): Promise<SavedState | undefined> {
  let bytes;
  try {
    bytes = await readFile(path);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
  if (bytes.length > MAX_BYTES) return undefined;
  try {
    const lines: unknown[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = bytes.indexOf(10, at);
      if (end === -1) return undefined;
      lines.push(parseJson(bytes.subarray(at, end), { maxBytes: MAX_LINE, what: 'the state of monitoring' }));
      at = end + 1;
    }
    const [head, ...parts] = lines as [SavedState & { version: number }, ...SavedPart[]];
    if (head.version !== VERSION) return undefined;
    const { origin, seq, now } = head;
    return { origin, seq, now, parts: parts.map((part) => ({ ...part, state: decode(part.state) })) };
  } catch {
    // Half a state is none: the rules begin anew.
    return undefined;
  }
}

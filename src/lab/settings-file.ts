// Gates and constraints, as the YAML files that people write: read strictly, complaints with their line.
import { statSync, readFileSync } from 'node:fs';
import { LineCounter, isNode, parseDocument } from 'yaml';
import type { ZodType } from 'zod';
import { AncileError, systemCode } from '../base/index.ts';

const MOST_BYTES = 1 << 20;
const MOST_NESTING = 16;

/** The parser's time grows with the square of the depth. */
function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    if ((char === '[' || char === '{') && ++depth > MOST_NESTING) return true;
    if ((char === ']' || char === '}') && depth > 0) depth--;
  }
  return /(?:[-?] ){17}/.test(text);
}

function readText(path: string): string {
  try {
    if (statSync(path).size <= MOST_BYTES) return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AncileError('usage', `${path} cannot be read (${systemCode(cause) ?? 'unknown'})`, { at: path, cause });
  }
  throw new AncileError('usage', `${path} is larger than ${MOST_BYTES} bytes`, { at: path });
}

/** @throws AncileError `usage` naming file and line */
export function readSettings<T>(path: string, schema: ZodType<T>): T {
  const text = readText(path);
  const refuse = (message: string, offset?: number): AncileError => {
    const { line, col } = lines.linePos(offset ?? 0);
    const at = offset === undefined ? path : `${path}:${line}:${col}`;
    return new AncileError('usage', `${at}: ${message}`, { at });
  };
  const lines = new LineCounter();
  if (nestsTooDeep(text)) throw refuse('nests too deep');
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [error] = document.errors;
  if (error !== undefined)
    throw refuse(error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, ''), error.pos[0]);
  let plain: unknown;
  try {
    plain = document.toJS({ maxAliasCount: 0 });
  } catch {
    throw refuse('uses an alias: write it out');
  }
  const checked = schema.safeParse(plain);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  let place = issue.path as (string | number)[];
  let node = document.getIn(place, true);
  while (!isNode(node) && place.length > 0) node = document.getIn((place = place.slice(0, -1)), true);
  const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  throw refuse(where + issue.message, isNode(node) ? (node.range?.[0] ?? 0) : 0);
}

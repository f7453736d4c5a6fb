// What agents store in memories and vector stores carries a keyed tag that says where it came from, and is trusted when it is read
// again only by that. Stateless: it survives restarts, and what lacks a tag, or has one of elsewhere, is untrusted.
import { equalSecrets } from '../../keys/index.ts';
import { escapeToken, parseJson, walkStrings } from '../../codec/index.ts';
import type { FlowLabels, ToolRuling } from '../../contract/index.ts';
import type { Json } from './json-rpc.ts';

/** `[ancile:1:t:42:MAC]` after a text of 42 characters; `t`: of the user or a trusted value, `u`: untrusted. */
const TAG = /\[ancile:1:([tu]):(\d{1,7}):([0-9a-f]{64})\]/g;
/** Tags of one text that are looked at. */
const TAGS_MOST = 10_000;
const DEPTH_MOST = 32;

/** Whose memory it is: a tag of another tenant, or another server, says nothing. */
export interface MemoryScope {
  readonly tenant: string;
  readonly server: string;
  readonly keyedDigest: (text: string) => string;
}

function macOf({ tenant, server, keyedDigest }: MemoryScope, origin: string, text: string): string {
  return keyedDigest(`ancile memory v1\n${JSON.stringify([tenant, server, origin])}\n${text}`);
}

/** Rounds in which tags are taken out that come together where others were; what is left then is broken. */
const ROUNDS = 3;

export function withoutTags(text: string): string {
  let plain = text;
  for (let round = 0; plain.includes('[ancile:'); round++) {
    const next = plain.replace(TAG, '');
    if (next === plain) return plain;
    if (round === ROUNDS) return next.replaceAll('[ancile:', '[ancile ');
    plain = next;
  }
  return plain;
}

/** A text as it is stored. */
export function tagText(scope: MemoryScope, text: string, isTrusted: boolean): string {
  // A tag that is in it already vouches for something else.
  const plain = withoutTags(text);
  const origin = isTrusted ? 't' : 'u';
  return `${plain}[ancile:1:${origin}:${plain.length}:${macOf(scope, origin, plain)}]`;
}

/**
 * The arguments of a call that stores something, each stored text with its tag.
 * @param ruling - says where each comes from; what was not proposed on the model's wire is untrusted
 */
export function tagArguments(
  scope: MemoryScope,
  paths: readonly string[],
  args: Json,
  ruling: ToolRuling | undefined,
): Json {
  const stored = new Set(paths);
  const walk = (value: unknown, path: string, place: string, depth: number): unknown => {
    if (typeof value === 'string') {
      if (!stored.has(path)) return value;
      const origin = ruling?.proposed === true ? ruling.arguments[place]?.origin : undefined;
      return tagText(scope, value, origin === 'user' || origin === 'trusted');
    }
    if (depth > DEPTH_MOST || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((each, index) => walk(each, path, `${place}/${index}`, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        return [
          name,
          walk(
            each,
            path === '' ? name : `${path}.${name}`,
            place === '' ? name : `${place}/${escapeToken(name)}`,
            depth + 1,
          ),
        ];
      }),
    );
  };
  return walk(args, '', '', 0) as Json;
}

/** Adds the texts that a text's tags vouch for. */
function readTags(scope: MemoryScope, text: string, vouched: Set<string>): void {
  let left = TAGS_MOST;
  let end = 0;
  for (const match of text.matchAll(TAG)) {
    if (left-- <= 0) return;
    const [tag, origin, length, mac] = match;
    const start = match.index - Number(length);
    // A stored text has no tag in it: one that would reach over another is none, and no text is digested twice.
    const item = start < end ? '' : text.slice(start, match.index);
    end = match.index + tag.length;
    if (origin !== 't' || item === '') continue;
    if (equalSecrets(macOf(scope, 't', item), mac!)) vouched.add(item);
  }
}

/** What a read of a memory gave, without the tags, and the texts in it that are vouched for. */
export function openMemory(
  scope: MemoryScope,
  result: Json,
): { readonly result: Json; readonly vouched: ReadonlySet<string> } {
  const vouched = new Set<string>();
  walkStrings(result, (_, text) => {
    if (!text.includes('[ancile:')) return;
    let inner: unknown;
    try {
      inner = /^\s*[[{"]/.test(text) ? parseJson(text, { maxBytes: 20_000_000, what: 'a result' }) : undefined;
    } catch {
      // No JSON: a text like any other.
    }
    // Within JSON what was stored is written with escapes: it is looked for in the values.
    if (inner === undefined) readTags(scope, text, vouched);
    else walkStrings(inner, (__, each) => readTags(scope, each, vouched));
  });
  const strip = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return withoutTags(value);
    if (depth > DEPTH_MOST || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((each) => strip(each, depth + 1));
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [withoutTags(name), strip(each, depth + 1)]));
  };
  return { result: strip(result, 0) as Json, vouched };
}

/** What the labels of a server say of a tool's dealings with memory. */
export function memoryOf(labels: FlowLabels | undefined, tool: string): { writes: readonly string[]; reads: boolean } {
  const writes = labels !== undefined && Object.hasOwn(labels.memory.writes, tool) ? labels.memory.writes[tool]! : [];
  return { writes, reads: labels?.memory.reads.includes(tool) === true };
}

// What agents store in memories and vector stores carries a keyed tag that says where it came from, and is trusted when it is read
// again only by that. Stateless: it survives restarts, and what lacks a tag, or has one of elsewhere, is untrusted.
import { equalSecrets } from '../../keys/index.ts';
import { escapeToken, parseJson } from '../../codec/index.ts';
import type { FlowLabels, ToolRuling } from '../../contract/index.ts';
import type { Json } from './json-rpc.ts';

/**
 * `[ancile:2:t:42:WRITER:MAC]` after a text of 42 characters; `t`: of the user or a trusted value, `u`: untrusted. Version 1 has no
 * writer: who stored such a text nobody can say.
 */
const TAG = /\[ancile:[12]:([tu]):(\d{1,7}):(?:([0-9a-f]{48}):)?([0-9a-f]{64})\]/g;
/** What is read in the place of a text that is withheld. */
const WITHHELD = '[Ancile withholds what was stored here while an incident is looked into]';
/** Tags of one text that are looked at. */
const TAGS_MOST = 10_000;
const DEPTH_MOST = 32;

/** Whose memory it is: a tag of another tenant, or another server, says nothing. */
export interface MemoryScope {
  readonly tenant: string;
  readonly server: string;
  readonly keyedDigest: (text: string) => string;
}

/** Who stored a text, where, and by which tool: all that is known of how it came into a memory. */
export interface MemoryWriter {
  readonly principal: string;
  /** Keyed label, as exchanges of the tools' wire have it. */
  readonly session: string;
  readonly tool: string;
}

const LABEL = 16;

/** A member of a writer as tags have it: a server of memories learns no ids from them. */
export function writerLabel(
  { keyedDigest }: Pick<MemoryScope, 'keyedDigest'>,
  member: keyof MemoryWriter,
  value: string,
): string {
  return keyedDigest(`ancile memory writer v1\n${member}\n${value}`).slice(0, LABEL);
}

const WRITER = ['principal', 'session', 'tool'] as const satisfies readonly (keyof MemoryWriter)[];

function toWriter(scope: MemoryScope, writer: MemoryWriter): string {
  return WRITER.map((member) => writerLabel(scope, member, writer[member])).join('');
}

/** The labels of a tag's writer. */
export function readWriter(writer: string): Readonly<Record<keyof MemoryWriter, string>> {
  const part = (at: number): string => writer.slice(at * LABEL, (at + 1) * LABEL);
  return { principal: part(0), session: part(1), tool: part(2) };
}

function macOf({ tenant, server, keyedDigest }: MemoryScope, origin: string, text: string, writer?: string): string {
  const head =
    writer === undefined
      ? `ancile memory v1\n${JSON.stringify([tenant, server, origin])}`
      : `ancile memory v2\n${JSON.stringify([tenant, server, origin, writer])}`;
  return keyedDigest(`${head}\n${text}`);
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
export function tagText(scope: MemoryScope, text: string, isTrusted: boolean, by?: MemoryWriter): string {
  // A tag that is in it already vouches for something else.
  const plain = withoutTags(text);
  const origin = isTrusted ? 't' : 'u';
  if (by === undefined) return `${plain}[ancile:1:${origin}:${plain.length}:${macOf(scope, origin, plain)}]`;
  const writer = toWriter(scope, by);
  return `${plain}[ancile:2:${origin}:${plain.length}:${writer}:${macOf(scope, origin, plain, writer)}]`;
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
  by?: MemoryWriter,
): Json {
  const stored = new Set(paths);
  const walk = (value: unknown, path: string, place: string, depth: number): unknown => {
    if (typeof value === 'string') {
      if (!stored.has(path)) return value;
      const origin = ruling?.proposed === true ? ruling.arguments[place]?.origin : undefined;
      return tagText(scope, value, origin === 'user' || origin === 'trusted', by);
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

/** A stored text within a text that was read: up to `end` it goes with its tag. */
interface Stored {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly isTrusted: boolean;
  readonly writer: string | undefined;
}

/** The texts that tags of ours follow. @param all - those that are not vouched for as well */
function* readTags(scope: MemoryScope, text: string, all: boolean): Generator<Stored> {
  let left = TAGS_MOST;
  let before = 0;
  for (const match of text.matchAll(TAG)) {
    if (left-- <= 0) return;
    const [tag, origin, length, writer, mac] = match;
    const start = match.index - Number(length);
    // A stored text has no tag in it: one that would reach over another is none, and no text is digested twice.
    const item = start < before ? '' : text.slice(start, match.index);
    const end = (before = match.index + tag.length);
    const isTrusted = origin === 't';
    if (item === '' || (!isTrusted && !all)) continue;
    if (equalSecrets(macOf(scope, origin!, item, writer), mac!)) yield { text: item, start, end, isTrusted, writer };
  }
}

/** Whether a text is to be withheld, by who stored it: its labels, where they are known. */
export type IsWithheld = (writer: string | undefined) => boolean;

export interface OpenedMemory {
  /** Without the tags. */
  readonly result: Json;
  /** The texts in it that are vouched for. */
  readonly vouched: ReadonlySet<string>;
  /** How many texts were taken out. */
  readonly withheld: number;
}

/** What a read of a memory gave. @param isWithheld - absent: nothing is */
export function openMemory(scope: MemoryScope, result: Json, isWithheld?: IsWithheld): OpenedMemory {
  const vouched = new Set<string>();
  let withheld = 0;
  /** Takes out what is withheld, and notes what is vouched for. */
  function open(text: string): string {
    let opened = '';
    let at = 0;
    for (const stored of readTags(scope, text, isWithheld !== undefined)) {
      if (isWithheld?.(stored.writer) === true) {
        opened += text.slice(at, stored.start) + WITHHELD;
        at = stored.end;
        withheld++;
      } else if (stored.isTrusted) vouched.add(stored.text);
    }
    return opened + text.slice(at);
  }
  function openText(text: string): string {
    if (!text.includes('[ancile:')) return text;
    let inner: unknown;
    try {
      inner = /^\s*[[{"]/.test(text) ? parseJson(text, { maxBytes: 20_000_000, what: 'a result' }) : undefined;
    } catch {
      // No JSON: a text like any other.
    }
    if (inner === undefined) return withoutTags(open(text));
    // Within JSON what was stored is written with escapes: it is looked for in the values.
    const before = withheld;
    const changed = mapStrings(inner, open, 0);
    return withoutTags(withheld === before ? text : JSON.stringify(changed, undefined, 2));
  }
  const opened = mapStrings(result, openText, 0, withoutTags) as Json;
  return { result: opened, vouched, withheld };
}

/** A value with its texts, and the names in it, put anew. What lies too deep stays. */
function mapStrings(
  value: unknown,
  text: (text: string) => string,
  depth: number,
  name: (name: string) => string = (each) => each,
): unknown {
  if (typeof value === 'string') return text(value);
  if (depth > DEPTH_MOST || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => mapStrings(each, text, depth + 1, name));
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [name(key), mapStrings(each, text, depth + 1, name)]),
  );
}

/** What the labels of a server say of a tool's dealings with memory. */
export function memoryOf(labels: FlowLabels | undefined, tool: string): { writes: readonly string[]; reads: boolean } {
  const writes = labels !== undefined && Object.hasOwn(labels.memory.writes, tool) ? labels.memory.writes[tool]! : [];
  return { writes, reads: labels?.memory.reads.includes(tool) === true };
}

// What each place of a body is: a table the readers are written as. The walk itself visits every string there is,
// so a field that no table names is still read; a table only decides by which channel it counts.
import type { Channel, Origin, Uninspected } from '../contract/index.ts';

/** The channel and origin that strings of a place have. */
export interface Place {
  readonly channel: Channel;
  readonly origin: Origin;
}

/** One place of a body. What a shape does not say is inherited from the place around it. */
export interface Shape {
  /** Channel and origin of strings here and below. */
  readonly place?: Place;
  /** Members by name. Naming them also refuses spellings that differ in case only. */
  readonly fields?: Readonly<Record<string, Shape>>;
  /** Members that `fields` does not name. */
  readonly rest?: Shape;
  /** Elements of an array. */
  readonly items?: Shape;
  /** Chooses the shape of an object by what it says of itself (its role, its type). */
  readonly pick?: (node: Readonly<Record<string, unknown>>) => Shape;
  /** The harmless values of a structural string: only these are left out. Any other is a segment. */
  readonly known?: (text: string) => boolean;
  /** The string holds JSON: its leaves are segments, or the string itself, unescaped, where it does not parse. */
  readonly json?: boolean;
  /** Encoded bytes: left out, and reported as this kind, only when they are nothing but base64. */
  readonly opaque?: Uninspected;
  /** Read by other means: neither it nor anything below is visited here. */
  readonly skip?: boolean;
  /** A part of this kind is here, whatever its strings say. */
  readonly mark?: Uninspected;
  /**
   * A list of nothing but plain numbers is left out without a walk: a vector says nothing, other numbers (tokens of a
   * text) are reported as this kind, and so is a list in which they stand among other things.
   */
  readonly numbers?: Uninspected | 'vector';
}

/** A structural string that is one of a closed list of values. */
export function oneOf(...values: string[]): Shape {
  const set = new Set(values);
  return { known: (text) => set.has(text) };
}

/** How well-known secrets begin: a word that begins so is no identifier, wherever it stands. */
const SECRET_PREFIX = /^(?:sk-|AKIA|ASIA|ghp_|gho_|xox|AIza|glpat-|hf_|npm_)/;

/**
 * Ids and names of models: one short word of letters, digits and `_ - . : / @`. One that begins as secrets do, or
 * holds as many digits in a row as card numbers have, is a text like any other.
 */
export const IDENTIFIER: Shape = {
  place: { channel: 'metadata', origin: 'identifier' },
  known: (text) =>
    /^[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,99}$/.test(text) && !/\d{12}/.test(text) && !SECRET_PREFIX.test(text),
};

/** Names of variants (`type`, `format`, `status`): one short lower-case word. */
export const VARIANT: Shape = { known: (text) => /^[a-z][a-z0-9_.-]{0,47}$/.test(text) };

/** Signatures over what the model thought: base64 that only the provider can read or make, so it is said to be unread. */
export const SIGNATURE: Shape = { opaque: 'encrypted' };

/** Shorter words of the alphabet are as likely words. A `data:` URL says what it is, so its data may be shorter. */
const MIN_BASE64 = 16;
/** Encoders break lines at 64 or 76 characters; shorter lines are how prose would pass for base64. */
const MIN_BASE64_LINE = 60;

/** Whether every line but the last is as long as encoders make them. */
function hasLongLines(text: string): boolean {
  const body = text.trimEnd();
  if (/\r(?!\n)/.test(body)) return false;
  for (let from = 0; ;) {
    const end = body.indexOf('\n', from);
    if (end === -1) return true;
    if (end - from < MIN_BASE64_LINE) return false;
    from = end + 1;
  }
}

/** Whether a text is base64 (plain or URL-safe, in long lines) or a `data:` URL of it, and so no prose. */
export function isBase64(text: string): boolean {
  const comma = text.startsWith('data:') ? text.indexOf(',') : -1;
  if (
    comma !== -1 &&
    !/^data:[\w.+-]{1,60}\/[\w.+-]{1,100}(?:;[\w-]{1,40}=[\w.-]{1,60})*;base64$/.test(text.slice(0, comma))
  ) {
    return false;
  }
  if (comma === -1 && text.startsWith('data:')) return false;
  const data = comma === -1 ? text : text.slice(comma + 1);
  if (comma === -1 && data.length < MIN_BASE64) return false;
  if (!/^[A-Za-z0-9+/_\r\n-]*={0,2}\s{0,2}$/.test(data)) return false;
  return !/[\r\n]/.test(data) || hasLongLines(data);
}

export const SYSTEM: Place = { channel: 'system', origin: 'trusted' };
export const USER: Place = { channel: 'user', origin: 'user' };
export const ASSISTANT: Place = { channel: 'assistant', origin: 'untrusted' };
export const TOOL_DESCRIPTION: Place = { channel: 'tool_description', origin: 'untrusted' };
export const TOOL_ARGUMENT: Place = { channel: 'tool_argument', origin: 'untrusted' };
export const TOOL_RESULT: Place = { channel: 'tool_result', origin: 'untrusted' };
export const DOCUMENT: Place = { channel: 'document', origin: 'untrusted' };
export const OUTPUT: Place = { channel: 'output', origin: 'untrusted' };
export const METADATA: Place = { channel: 'metadata', origin: 'user' };

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
  /** The string holds JSON: its leaves are segments, or the string itself where it does not parse. */
  readonly json?: boolean;
  /** Encoded bytes: left out, and reported as this kind, only when they are nothing but base64. */
  readonly opaque?: Uninspected;
  /** Read by other means: neither it nor anything below is visited here. */
  readonly skip?: boolean;
  /** A part of this kind is here, whatever its strings say. */
  readonly mark?: Uninspected;
}

/** A structural string that is one of a closed list of values. */
export function oneOf(...values: string[]): Shape {
  const set = new Set(values);
  return { known: (text) => set.has(text) };
}

/** Ids and names of models: one short word of letters, digits and `_ - . : / @`. */
export const IDENTIFIER: Shape = {
  place: { channel: 'metadata', origin: 'identifier' },
  known: (text) => /^[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,99}$/.test(text),
};

/** Names of variants (`type`, `format`, `status`): one short lower-case word. */
export const VARIANT: Shape = { known: (text) => /^[a-z][a-z0-9_.-]{0,47}$/.test(text) };

/** Signatures over what the model thought: base64 that only the provider can read or make. */
export const SIGNATURE: Shape = { known: isBase64 };

/** Whether a text is base64 (plain or URL-safe, line ends allowed) or a `data:` URL of it, and so no prose. */
export function isBase64(text: string): boolean {
  const comma = text.startsWith('data:') ? text.indexOf(',') : -1;
  if (
    comma !== -1 &&
    !/^data:[\w.+-]{1,60}\/[\w.+-]{1,100}(?:;[\w-]{1,40}=[\w.-]{1,60})*;base64$/.test(text.slice(0, comma))
  ) {
    return false;
  }
  if (comma === -1 && text.startsWith('data:')) return false;
  return /^[A-Za-z0-9+/_\r\n-]*={0,2}\s{0,2}$/.test(comma === -1 ? text : text.slice(comma + 1));
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

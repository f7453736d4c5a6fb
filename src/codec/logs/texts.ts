// The texts of a body that a cloud logged, whatever dialect it is of: every string, by the channel that its place says.
import { isObject } from '../../base/index.ts';
import type { Channel, LoggedCall, LogUnread } from '../../contract/index.ts';
import { parseJson } from '../json.ts';
import { escapeToken } from '../pointer.ts';

type Text = LoggedCall['texts'][number];

const MOST_BYTES = 20_000_000;

const MEMBERS = new Map<string, Channel>([
  ['system', 'system'],
  ['systemInstruction', 'system'],
  ['system_instruction', 'system'],
  ['tools', 'tool_description'],
  ['toolConfig', 'tool_description'],
  ['toolUse', 'tool_argument'],
  ['tool_calls', 'tool_argument'],
  ['functionCall', 'tool_argument'],
  ['function_call', 'tool_argument'],
  ['toolResult', 'tool_result'],
  ['functionResponse', 'tool_result'],
  ['function_response', 'tool_result'],
  ['document', 'document'],
]);
const ROLES = new Map<unknown, Channel>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['model', 'assistant'],
  ['tool', 'tool_result'],
  ['function', 'tool_result'],
]);
const TYPES = new Map<unknown, Channel>([
  ['tool_use', 'tool_argument'],
  ['tool_result', 'tool_result'],
  ['document', 'document'],
]);

const BYTES = new Set(['data', 'bytes', 'image_url', 'inlineData']);
const looksEncoded = (text: string): boolean => text.length > 100 && /^(data:[\w/;+.-]+,)?[\w+/=-]+$/.test(text);
/** What a member calls the kind of its object says nothing. */
const isStructural = (name: string, text: string): boolean =>
  (name === 'type' || name === 'role') && /^[a-z_]{1,32}$/.test(text);

/** A body as it stands, or the JSON that a string of it is. A string that is none is a text by itself. */
export function bodyOf(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return parseJson(value, { maxBytes: MOST_BYTES, what: 'the body' });
  } catch {
    return value;
  }
}

/** The text of pieces that came one at a time, which nobody could judge piece by piece. */
function streamed(chunks: readonly unknown[]): string {
  const parts: string[] = [];
  const take = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value as unknown[]) take(each);
    else if (isObject(value)) {
      for (const [name, child] of Object.entries(value)) {
        if ((name === 'text' || name === 'partial_json' || name === 'content') && typeof child === 'string')
          parts.push(child);
        else take(child);
      }
    }
  };
  take(chunks);
  return parts.join('');
}

/** Gathers the texts of the bodies of one call. */
export class TextGatherer {
  readonly texts: Text[] = [];
  readonly unread = new Set<LogUnread>();

  /** All that goes to the model. */
  input(body: unknown, path: string): this {
    this.#walk(bodyOf(body), path, 'user', '', false);
    return this;
  }

  /** All that comes from it; a list are pieces of a stream, which count as one text besides. */
  output(body: unknown, path: string): this {
    const value = bodyOf(body);
    if (Array.isArray(value) && value.length > 1) this.#add(path, 'output', streamed(value.map(bodyOf)));
    this.#walk(value, path, 'output', '', true);
    return this;
  }

  #add(path: string, channel: Channel, text: string): void {
    if (text.trim() !== '') this.texts.push({ path, channel, text });
  }

  #walk(value: unknown, path: string, channel: Channel, name: string, fixed: boolean): void {
    if (typeof value === 'string') {
      if (BYTES.has(name) && looksEncoded(value)) this.unread.add('media');
      else if (!isStructural(name, value)) this.#add(path, channel, value);
    } else if (Array.isArray(value)) {
      (value as unknown[]).forEach((each, at) =>
        this.#walk(name === '' ? bodyOf(each) : each, `${path}/${at}`, channel, name, fixed),
      );
    } else if (isObject(value)) {
      const own = fixed ? channel : (TYPES.get(value['type']) ?? ROLES.get(value['role']) ?? channel);
      for (const [member, child] of Object.entries(value)) {
        const by = fixed ? own : (MEMBERS.get(member) ?? own);
        this.#walk(child, `${path}/${escapeToken(member)}`, by, member, fixed);
      }
    }
  }
}

// The texts of contents and the arguments of calls, however a dialect wraps them.
import { isObject } from '../base/index.ts';
import { parseJson } from './json.ts';
import type { HistoryItem } from './tool-wire.ts';

const MOST_BYTES = 20_000_000;

/** All text of a content: a string, or parts of which some have text. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return (content as unknown[])
    .map((part) =>
      typeof part === 'string' ? part : isObject(part) && typeof part['text'] === 'string' ? part['text'] : '',
    )
    .filter((text) => text !== '')
    .join('\n');
}

const ROLES: Readonly<Record<string, 'system' | 'user' | 'assistant'>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  model: 'assistant',
};

/** A message as entries: its text by its role, and what is no text (or of no known role) as of unknown origin. */
export function toMessageItems(role: unknown, content: unknown): HistoryItem[] {
  const text = textOf(content);
  const kind = ROLES[String(role)];
  if (kind === undefined) return [{ kind: 'result', id: '', text }];
  const isMixed =
    Array.isArray(content) && (content as unknown[]).some((part) => isObject(part) && typeof part['text'] !== 'string');
  return [
    ...(text === '' ? [] : [{ kind, text }]),
    // An image, a file, a document: somebody made it, and it can speak.
    ...(isMixed && kind === 'user' ? [{ kind: 'result' as const, id: '', text: '' }] : []),
  ];
}

const STRINGS = /"(?:[^"\\]|\\.)*"/g;
const NUMBERS = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Whether every number is the same to all readers: ours rounds long ones, and others keep each digit. */
function hasExactNumbers(text: string): boolean {
  for (const [number] of text.replace(STRINGS, '""').matchAll(NUMBERS)) {
    const value = Number(number);
    if (!Number.isFinite(value)) return false;
    if (/^-?\d{16,}$/.test(number) && !(number.length < 400 && BigInt(number) === BigInt(value))) return false;
  }
  return true;
}

/**
 * Arguments as a value: of a text its JSON, `undefined` where it is none, or one that readers differ on; an empty text stands for no
 * arguments.
 */
export function parseArguments(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? {};
  if (value.trim() === '') return {};
  try {
    const parsed = parseJson(value, { maxBytes: MOST_BYTES, what: 'the arguments' });
    return hasExactNumbers(value) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

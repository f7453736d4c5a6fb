// The vocabulary of a GGUF file: lists that loaders read side by side, and numbers that they look up in them.
import type { Look } from '../../format.ts';
import { type GgufReader, STRING, type Text } from './gguf-reader.ts';

const TOKENS = 'tokenizer.ggml.tokens';
/** Lists with one value for every token, and the types of value that loaders take them for: float, int32, uint32. */
const BESIDE: Readonly<Record<string, readonly number[]>> = {
  'tokenizer.ggml.scores': [6],
  'tokenizer.ggml.token_type': [4, 5],
};
/** Of the longest token of any model some hundred are used. */
const LONGEST_TOKEN = 1 << 16;
/** Tokens of one byte, as `<0x0A>`. */
const BYTE = /^<0x(.{1,3})>?$/;

export class Vocabulary {
  readonly #arrays = new Map<string, { readonly type: number; readonly count: number; readonly at: number }>();
  readonly #numbers = new Map<string, number>();

  array(key: string, type: number, count: number, at: number): void {
    if (key.startsWith('tokenizer.') && this.#arrays.size < 1000) this.#arrays.set(key, { type, count, at });
  }

  number(key: string, value: number): void {
    if (key.startsWith('tokenizer.ggml.') && this.#numbers.size < 1000) this.#numbers.set(key, value);
  }

  token(reader: GgufReader, text: Text, look: Look): void {
    if (text.length > LONGEST_TOKEN) {
      look.report('gguf.vocabulary', { message: `a token has ${text.length} bytes`, offset: text.at });
    }
    if (text.length < 4 || text.length > 7) return;
    const token = reader.read(text);
    const hex = BYTE.exec(token)?.[1];
    if (hex !== undefined && /^-|^\+/.test(hex)) {
      look.report('gguf.vocabulary', {
        message: `the token ${JSON.stringify(token)} stands for no byte: loaders use it as an index`,
        offset: text.at,
      });
    }
  }

  /** Says where the lists do not fit each other. */
  judge(look: Look): void {
    const tokens = this.#arrays.get(TOKENS);
    if (tokens === undefined) return;
    if (tokens.type !== STRING) {
      look.report('gguf.vocabulary', {
        message: `the tokens are values of the type ${tokens.type}, not texts`,
        offset: tokens.at,
      });
    }
    for (const [key, types] of Object.entries(BESIDE)) {
      const list = this.#arrays.get(key);
      if (list === undefined) continue;
      if (!types.includes(list.type)) {
        look.report('gguf.vocabulary', {
          message: `${key} has values of the type ${list.type}: loaders read them as longer ones`,
          offset: list.at,
        });
      }
      if (list.count !== tokens.count) {
        look.report('gguf.vocabulary', {
          message: `${key} has ${list.count} values for ${tokens.count} tokens`,
          offset: list.at,
        });
      }
    }
    for (const [key, value] of this.#numbers) {
      // Files of old have 2^32-1 for none.
      if (!key.endsWith('_token_id') || value < tokens.count || value >= 0xffffffff) continue;
      look.report('gguf.vocabulary', {
        message: `${key} is ${value}, and there are ${tokens.count} tokens`,
        severity: 'low',
      });
    }
  }
}

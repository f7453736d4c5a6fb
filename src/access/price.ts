// What an exchange costs, in whole millionths of a US dollar.
import type { Route, Usage } from '../contract/index.ts';

/**
 * Cost in US dollars x 10^-6, rounded up; nothing where no price is known. Dollars per million tokens are micros per
 * token, so that it is a product; prices are taken to a thousandth of a micro per token and multiplied as integers,
 * since decimal prices are not binary ones.
 */
export function costMicros(price: Route['price'], tokens: Pick<Usage, 'inputTokens' | 'outputTokens'>): number {
  if (price === undefined) return 0;
  const nanos = (perToken: number, count: number): bigint => BigInt(Math.round(perToken * 1000)) * BigInt(count);
  const total = nanos(price.input, tokens.inputTokens) + nanos(price.output, tokens.outputTokens);
  // Beyond what can be counted exactly it is as much as can be: an upstream may say anything of what it used.
  return Math.min(Number.MAX_SAFE_INTEGER, Number((total + 999n) / 1000n));
}

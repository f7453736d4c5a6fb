// What an approval is bound to: a yes holds for exactly this content, from this caller, by this route.
import { canonicalJson } from '../base/index.ts';
import type { Direction, Exchange } from '../contract/index.ts';

export interface HeldContent {
  readonly direction: Direction;
  readonly exchange: Pick<Exchange, 'principal' | 'route' | 'surface' | 'model'>;
  /** The whole body as JSON, as the caller or the model gave it; of an answer with what it answers. */
  readonly content: unknown;
}

/** One text for one JSON value, whatever the order of its members, where canonical JSON can say it. */
function contentText(content: unknown): string {
  try {
    return `canonical ${canonicalJson(content)}`;
  } catch {
    // Half a surrogate pair is no canonical JSON, but the same body sent again still reads the same.
    return `plain ${JSON.stringify(content)}`;
  }
}

/** The text whose keyed digest names held content. No two different contents share one. */
export function heldContentText({ direction, exchange, content }: HeldContent): string {
  const { principal, route, surface, model } = exchange;
  const bound = [principal.id, principal.tenant, route, surface, model, direction];
  return `ancile approval v1\n${JSON.stringify(bound)}\n${contentText(content)}`;
}

// The span of time that the overview is of, as its address holds it.

export const SPANS = ['1h', '24h', '7d', '30d'] as const;
export type Span = (typeof SPANS)[number];

export const SPAN_MS: Readonly<Record<Span, number>> = {
  '1h': 3_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
  '30d': 2_592_000_000,
};

export const SPAN_WORDS: Readonly<Record<Span, string>> = {
  '1h': 'the last hour',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
  '30d': 'the last 30 days',
};

export function readOverviewSearch(search: Record<string, unknown>): { readonly span?: Span } {
  const span = SPANS.find((each) => each === search['span']);
  return span === undefined ? {} : { span };
}

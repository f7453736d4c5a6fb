// The traffic page's filters, as its address holds them; what an address has wrong is left out, not refused.
import { ExchangeFilter, type ExchangeRow } from '../../contract.ts';

export type TrafficSearch = Omit<ExchangeFilter, 'limit' | 'before'>;
export type FilterName = keyof TrafficSearch;

export const FILTER_NAMES = [
  'action',
  'class',
  'outcome',
  'surface',
  'route',
  'model',
  'principal',
  'rule',
  'session',
  'from',
  'to',
  'text',
] as const satisfies readonly FilterName[];

export function readTrafficSearch(search: Record<string, unknown>): TrafficSearch {
  const filter: Record<string, unknown> = {};
  for (const name of FILTER_NAMES) {
    const value = search[name];
    // An address holds `text=42` as a number; the filter means the word.
    const given = typeof value === 'number' ? String(value) : value;
    const parsed = ExchangeFilter.shape[name].safeParse(given);
    if (parsed.success && parsed.data !== undefined && parsed.data !== '') filter[name] = parsed.data;
  }
  return filter;
}

/** Whether a word of the search begins what the server's search looks into. */
function hasWord(row: ExchangeRow, word: string): boolean {
  const lower = word.toLowerCase();
  const starts = [row.principalName, row.model, row.route, ...row.rules];
  return row.id === word || row.principal === word || starts.some((text) => text.toLowerCase().startsWith(lower));
}

/** Whether a row that came by the live stream is one the filter asks for; as the server's search decides it. */
export function isAsked(row: ExchangeRow, filter: TrafficSearch): boolean {
  const { text, class: found, rule, from, to, ...same } = filter;
  if (from !== undefined && row.time < from) return false;
  if (to !== undefined && row.time >= to) return false;
  if (found !== undefined && !row.classes.includes(found)) return false;
  if (rule !== undefined && !row.rules.includes(rule)) return false;
  for (const [name, value] of Object.entries(same)) {
    if (value !== undefined && row[name as keyof typeof same] !== value) return false;
  }
  return (text ?? '').split(/\s+/).every((word) => word === '' || hasWord(row, word));
}

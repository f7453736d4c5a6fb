// What of an exchange is measured for drift: amounts, scores and names that records hold; no text of it.
import type { Finding, LedgerRecord } from '../contract/index.ts';
import type { Sketch } from '../stats/index.ts';
import type { Opened } from './event.ts';

type Closed = Extract<LedgerRecord, { kind: 'exchange.closed' }>;
type Side = 'input' | 'output' | 'score';

interface Feature {
  readonly name: string;
  readonly side: Side;
  readonly of: Sketch['of'];
  readonly read: (opened: Opened, closed: Closed) => number | string;
}

const ATTACKS: ReadonlySet<string> = new Set(['injection', 'jailbreak', 'harmful', 'extraction', 'obfuscation']);

const highest = (findings: readonly Finding[]): number =>
  findings.reduce((most, { score }) => Math.max(most, score), 0);
const attacks = (findings: readonly Finding[]): Finding[] => findings.filter((finding) => ATTACKS.has(finding.class));
/** Classes together: what is found beside each other is one name. */
const classesOf = (findings: readonly Finding[]): string =>
  [...new Set(findings.map((finding) => finding.class))].sort().join('+') || 'none';

export const FEATURES: readonly Feature[] = [
  { name: 'input tokens', side: 'input', of: 'amount', read: (_, { usage }) => usage.inputTokens },
  { name: 'segments', side: 'input', of: 'amount', read: ({ segments }) => segments },
  { name: 'surface', side: 'input', of: 'name', read: ({ exchange }) => exchange.surface },
  { name: 'findings of requests', side: 'input', of: 'name', read: ({ findings }) => classesOf(findings) },
  { name: 'output tokens', side: 'output', of: 'amount', read: (_, { usage }) => usage.outputTokens },
  { name: 'duration', side: 'output', of: 'amount', read: (_, { durationMs }) => durationMs },
  { name: 'outcome', side: 'output', of: 'name', read: (_, { outcome }) => outcome },
  { name: 'findings of answers', side: 'output', of: 'name', read: (_, { findings }) => classesOf(findings) },
  { name: 'attack score', side: 'score', of: 'share', read: ({ findings }) => highest(attacks(findings)) },
  { name: 'answer score', side: 'score', of: 'share', read: (_, { findings }) => highest(findings) },
];

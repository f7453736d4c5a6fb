// Figures in Prometheus' text format 0.0.4.
import type { Figures, FamilyInfo, Series } from './figures.ts';

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const escapeLabel = (text: string): string => text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));
const escapeHelp = (text: string): string => text.replace(/[\\\n]/g, (char) => (char === '\n' ? '\\n' : '\\\\'));

function labelsOf(names: readonly string[], values: readonly string[], more: readonly string[] = []): string {
  const pairs = [...names.map((name, i) => `${name}="${escapeLabel(values[i] ?? '')}"`), ...more];
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function linesOf({ name, labels, type, buckets = [] }: FamilyInfo, { values, value, counts, sum }: Series): string[] {
  if (type !== 'histogram') return [`${name}${labelsOf(labels, values)} ${value}`];
  let below = 0;
  const lines = [...buckets, Infinity].map((bound, i) => {
    below += counts[i] ?? 0;
    return `${name}_bucket${labelsOf(labels, values, [`le="${bound === Infinity ? '+Inf' : bound}"`])} ${below}`;
  });
  return [
    ...lines,
    `${name}_sum${labelsOf(labels, values)} ${sum}`,
    `${name}_count${labelsOf(labels, values)} ${value}`,
  ];
}

export function renderPrometheus(figures: Figures): string {
  const lines = figures
    .collect()
    .flatMap(({ info, series }) => [
      `# HELP ${info.name} ${escapeHelp(info.help)}`,
      `# TYPE ${info.name} ${info.type}`,
      ...series.flatMap((each) => linesOf(info, each)),
    ]);
  return `${lines.join('\n')}\n`;
}

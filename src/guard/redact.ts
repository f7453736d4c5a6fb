// Turns ruled findings into what happens to a text: which spans are replaced, and where it is cut.
import { type Action, isDenial, isEnforcing } from '../contract/index.ts';

/** The span of a finding and what was ruled on it. */
export interface RuledSpan {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
  readonly action: Action;
}

/** A span with what was ruled on its finding alone, whatever the exchange as a whole came to. */
export interface OwnSpan extends RuledSpan {
  readonly own: Action;
}

/** A text changed by policy: what stands in its place, and which stretches of the original were replaced. */
export interface Rewrite {
  /** The segment's path. */
  readonly path: string;
  readonly text: string;
  readonly spans: readonly { readonly start: number; readonly end: number }[];
}

/** Overlapping or adjoining enforced spans as one: replaced by one mark, or the point where the text is cut. */
export interface Cluster {
  readonly start: number;
  readonly end: number;
  /** The rule that the mark names: of the span that starts first. */
  readonly rule: string;
  readonly denied: boolean;
}

/** What stands in place of a redacted span. */
export function redactionMark(rule: string): string {
  return `[REDACTED:${rule}]`;
}

function earlier(a: RuledSpan, b: RuledSpan): number {
  return a.start - b.start || b.end - a.end || (a.rule < b.rule ? -1 : 1);
}

/**
 * Merges the enforced ones among `spans` into clusters, in order of place. The outcome does not depend on the order
 * of the spans. A long token is found in adjoining
 * pieces and redacted as one.
 */
export function clusterSpans(spans: readonly RuledSpan[]): Cluster[] {
  const clusters: Cluster[] = [];
  for (const span of spans.filter((each) => isEnforcing(each.action)).sort(earlier)) {
    const last = clusters.at(-1);
    const denied = isDenial(span.action);
    if (last !== undefined && span.start <= last.end) {
      clusters[clusters.length - 1] = {
        ...last,
        end: Math.max(last.end, span.end),
        denied: last.denied || denied,
      };
    } else {
      clusters.push({ start: span.start, end: span.end, rule: span.rule, denied });
    }
  }
  return clusters;
}

/**
 * What is replaced once a person has said yes to what is held: the redactions stay, and what was held passes as it
 * stands, as that is what was shown.
 */
export function clustersIfApproved(spans: readonly OwnSpan[]): Cluster[] {
  return clusterSpans(spans.filter((span) => span.own === 'redact').map((span) => ({ ...span, action: span.own })));
}

/** The rewrite of a segment that is not denied. */
export function rewriteSegment(path: string, text: string, clusters: readonly Cluster[]): Rewrite {
  return { path, text: redactText(text, clusters), spans: clusters.map(({ start, end }) => ({ start, end })) };
}

/** The text with every cluster replaced by its mark. For a text that is not denied. */
export function redactText(text: string, clusters: readonly Cluster[]): string {
  let out = '';
  let from = 0;
  for (const cluster of clusters) {
    out += text.slice(from, cluster.start) + redactionMark(cluster.rule);
    from = cluster.end;
  }
  return out + text.slice(from);
}

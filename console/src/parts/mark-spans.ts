// Where the found spans lie in a text as it was captured. A span counts in the text as it came; what was redacted there
// stands in the captured text as a mark of another length, so that the spans after it have moved.
import type { Finding } from '../contract.ts';

export interface MarkedPiece {
  readonly text: string;
  /** Findings that cover the piece, in the order they were given; empty for text between them. */
  readonly findings: readonly Finding[];
  /** The piece is a redaction's mark: what was found is no longer there. */
  readonly redacted: boolean;
}

/** What stands in place of a redacted span; as the guard writes it. */
const MARK = /\[REDACTED:([\w.-]{1,200})\]/g;

interface Place {
  readonly start: number;
  readonly end: number;
  readonly findings: readonly Finding[];
  readonly redacted: boolean;
}

/** Findings whose spans overlap or adjoin that of the first, as redaction joins them. */
function clusterOf(sorted: readonly Finding[], first: number): { readonly members: Finding[]; readonly end: number } {
  const members: Finding[] = [];
  let end = sorted[first]!.start;
  for (const finding of sorted.slice(first)) {
    if (finding.start > end) break;
    members.push(finding);
    end = Math.max(end, finding.end);
  }
  return { members, end };
}

/** Places of the redaction marks in `text`: each is where a finding of its rule begins, or it is the writer's own. */
function redactions(text: string, sorted: readonly Finding[]): (Place & { readonly shift: number })[] {
  const places: (Place & { readonly shift: number })[] = [];
  let shift = 0;
  for (const mark of text.matchAll(MARK)) {
    const origin = mark.index + shift;
    const first = sorted.findIndex(({ start, rule }) => start === origin && rule === mark[1]);
    if (first === -1) continue;
    // Of several that begin here, all are of the cluster.
    const from = sorted.findIndex(({ start }) => start === origin);
    const { members, end } = clusterOf(sorted, from);
    const place = { start: mark.index, end: mark.index + mark[0].length, findings: members, redacted: true };
    shift = end - place.end;
    places.push({ ...place, shift });
  }
  return places;
}

/** Places of the findings that were not redacted, in the captured text. */
function found(sorted: readonly Finding[], marks: readonly (Place & { readonly shift: number })[]): Place[] {
  const gone = new Set(marks.flatMap((mark) => mark.findings));
  return sorted
    .filter((finding) => !gone.has(finding) && finding.end > finding.start)
    .map((finding) => {
      const shift = marks.findLast((mark) => mark.end + mark.shift <= finding.start)?.shift ?? 0;
      return { start: finding.start - shift, end: finding.end - shift, findings: [finding], redacted: false };
    });
}

/**
 * Cuts a text at the ends of the findings in it. Joined, the pieces' texts are the text; a span that lies beyond the
 * text (it was cut off, or is of another) marks nothing.
 */
export function markSpans(text: string, findings: readonly Finding[]): MarkedPiece[] {
  const sorted = findings.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const marks = redactions(text, sorted);
  const places: Place[] = [...marks, ...found(sorted, marks)].filter(({ end }) => end <= text.length);
  const cuts = [...new Set([0, text.length, ...places.flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  );
  const pieces: MarkedPiece[] = [];
  for (let i = 0; i + 1 < cuts.length; i++) {
    const start = cuts[i]!;
    const end = cuts[i + 1]!;
    const over = places.filter((place) => place.start <= start && end <= place.end);
    pieces.push({
      text: text.slice(start, end),
      findings: over.flatMap((place) => place.findings),
      redacted: over.some((place) => place.redacted),
    });
  }
  return pieces;
}

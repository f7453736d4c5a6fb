// The property every detector owes the stream (see `Detector`): judged in pieces, a text yields what it yields whole.
import fc from 'fast-check';
import type { TextFinding } from '../../contract/index.ts';
import type { DetectContext, Detector } from '../detector.ts';
import type { TextView } from '../view.ts';
import { plainView, testContext } from './plain-view.ts';

/** Texts up to this length are cut at every place. */
const EVERY_CUT = 400;

interface BoundsTrial {
  /** Pieces of text that provoke the detector: keywords, separators, partial matches, planted positives. */
  readonly fragments: readonly string[];
  readonly context?: DetectContext;
  /** Most fragments in one text. */
  readonly most?: number;
  readonly runs?: number;
  readonly view?: (text: string) => TextView;
}

/** Findings as comparable strings, moved by `shift`, of those that start in [from, to). */
function within(findings: readonly TextFinding[], from: number, to: number, shift: number): string[] {
  return findings
    .map((finding) => ({ ...finding, start: finding.start + shift, end: finding.end + shift }))
    .filter((finding) => finding.start >= from && finding.start < to)
    .map((finding) => JSON.stringify(finding))
    .sort();
}

function expectSame(left: string[], right: string[], what: string): void {
  if (left.join('\n') === right.join('\n')) return;
  throw new Error(`${what}\nwhole: ${left.join('\n       ')}\npiece: ${right.join('\n       ')}`);
}

/**
 * Fails unless `reach`, `lookbehind` and `openFrom` of the detector are honoured on texts made of the fragments, cut at
 * both ends.
 * Every finding must also fit within the reach. Returns how many findings were compared, so that a test can insist
 * on having seen some.
 */
export function checkBounds(detector: Detector, trial: BoundsTrial): number {
  const { reach, lookbehind } = detector;
  if (!Number.isFinite(reach) || !Number.isFinite(lookbehind)) throw new Error(`${detector.id}: bounds are not finite`);
  const view = trial.view ?? plainView;
  const context = trial.context ?? testContext();
  const inspect = (text: string): readonly TextFinding[] => detector.inspect(view(text), context);
  /** As the gate asks it: at most `reach` back from the cut. */
  const openAt = (whole: string, cut: number): number => {
    const least = Math.max(0, cut - reach);
    if (detector.openFrom === undefined) return least;
    const open = detector.openFrom(view(whole.slice(0, cut)), context);
    if (open > cut) throw new Error(`open from ${open}, beyond the text of ${cut}`);
    return Math.max(least, open);
  };
  /** Cuts of one text at every place: what is said to be settled is never taken back. */
  const checkEveryCut = (whole: string, all: readonly TextFinding[]): void => {
    for (let cut = 0; cut < whole.length; cut++) {
      const open = openAt(whole, cut);
      const settled = within(all, 0, open, 0);
      const head = within(inspect(whole.slice(0, cut)), 0, open, 0);
      expectSame(settled, head, `open from ${open} at cut ${cut} of ${JSON.stringify(whole)}`);
    }
  };
  /** What `neededFrom` lets go, of a text cut at `cut`, is not missed from the place `share` of it on. */
  const checkNeeded = (whole: string, all: readonly TextFinding[], cut: number, share: number): void => {
    if (detector.neededFrom === undefined) return;
    const from = Math.floor(cut * share);
    const needed = Math.max(0, from - lookbehind, detector.neededFrom(view(whole.slice(0, cut)), from));
    const kept = within(inspect(whole.slice(needed)), from, Infinity, needed);
    expectSame(within(all, from, Infinity, 0), kept, `needed from ${needed} for ${from} at cut ${cut}`);
  };
  let compared = 0;
  const spaced = fc
    .tuple(fc.constantFrom(...trial.fragments), fc.constantFrom('', ' ', '\n'))
    .map((pair) => pair.join(''));
  const piece = fc.oneof(
    { weight: 8, arbitrary: spaced },
    { weight: 2, arbitrary: fc.constantFrom(' ', '\n', '. ', ', ', ':', '-', '"', 'word ', '7', 'x'.repeat(40)) },
    { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
  );
  const text = fc.array(piece, { minLength: 1, maxLength: trial.most ?? 24 }).map((pieces) => pieces.join(''));
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const property = fc.property(text, fc.array(share, { minLength: 4, maxLength: 4 }), (whole, shares) => {
    const all = inspect(whole);
    compared += all.length;
    for (const found of all) {
      if (found.end - found.start > reach) throw new Error(`${found.rule} is longer than the reach ${reach}`);
      if (found.start < 0 || found.end > whole.length || found.end <= found.start) throw new Error('span out of text');
    }
    const cuts = shares.map((at) => Math.floor(at * whole.length));
    // Cuts right where a bound bites are the ones that catch an off-by-one.
    for (const found of all.slice(0, 6)) cuts.push(found.start + reach, found.start - lookbehind, found.end);
    for (const cut of cuts) {
      if (cut < 0 || cut > whole.length) continue;
      const head = inspect(whole.slice(0, cut));
      const settled = cut - reach + 1;
      expectSame(within(all, 0, settled, 0), within(head, 0, settled, 0), `reach broken at cut ${cut}`);
      const open = openAt(whole, cut);
      expectSame(within(all, 0, open, 0), within(head, 0, open, 0), `open from ${open} at cut ${cut}`);
      const tail = inspect(whole.slice(cut));
      const known = cut + lookbehind;
      expectSame(within(all, known, Infinity, 0), within(tail, known, Infinity, cut), `lookbehind broken at ${cut}`);
    }
    for (const cut of cuts) checkNeeded(whole, all, Math.min(whole.length, Math.max(0, cut)), shares[0]!);
    if (detector.openFrom !== undefined && whole.length < EVERY_CUT) checkEveryCut(whole, all);
  });
  fc.assert(property, { numRuns: trial.runs ?? 150, includeErrorInReport: true });
  return compared;
}

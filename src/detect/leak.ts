// System-prompt leakage: an answer that holds a canary, or repeats a run of words of its own instructions.
import type { TextFinding } from '../contract/index.ts';
import type { DetectContext, Detector } from './detector.ts';
import { CANARY_MOST, type LeakIndex, leakIndexOf, withFirst } from './leak-index.ts';
import {
  GAP_MOST,
  NO_RUN,
  RUN_REACH,
  type Words,
  endOfRun,
  hashOfRun,
  joinHash,
  textOfRun,
  wordsOf,
} from './leak-words.ts';
import { leastOpen, settledText } from './open-end.ts';
import type { TextView } from './view.ts';

const REACH = Math.max(RUN_REACH, CANARY_MOST + 1);
const TECHNIQUES = ['LLM07:2025', 'AML.T0056'];

function toFinding(view: TextView, from: number, to: number, rule: string, score: number): TextFinding {
  const [start, end] = view.toOriginal(from, to);
  const evidence = `${to - from} characters in common with the instructions`;
  const severity = score === 1 ? 'critical' : 'high';
  return { rule, class: 'prompt_leak', severity, score, start, end, evidence, techniques: TECHNIQUES };
}

/** Number in its prompt of the run that word `first` starts, and the word after it; undefined where it repeats none. */
function repeatAt(
  text: string,
  words: Words,
  first: number,
  index: LeakIndex,
): { number: number; end: number } | undefined {
  // Two words that begin no run are most words.
  if (
    first + 1 >= words.count ||
    !index.mayBegin(joinHash(joinHash(0, words.hashes[first]!), words.hashes[first + 1]!))
  ) {
    return undefined;
  }
  const end = endOfRun(words, first);
  if (end === NO_RUN || !index.hashes.has(hashOfRun(words, first, end))) return undefined;
  const number = index.runs.get(textOfRun(text, words, first, end));
  return number === undefined ? undefined : { number, end };
}

function findRepeats(view: TextView, index: LeakIndex): TextFinding[] {
  const text = view.lower;
  const words = wordsOf(text);
  const findings: TextFinding[] = [];
  let before = false;
  let here = words.count > 0 ? repeatAt(text, words, 0, index) : undefined;
  for (let first = 0; first < words.count; first++) {
    const next = first + 1 < words.count ? repeatAt(text, words, first + 1, index) : undefined;
    // Runs overlap word by word: of those between two others every fourth is enough to cover the text.
    if (here !== undefined && !(before && next !== undefined && here.number % 4 !== 0)) {
      const [start, end] = [words.starts[first]!, words.ends[here.end - 1]!];
      findings.push(toFinding(view, start, end, 'prompt_leak.words', 0.9));
    }
    before = here !== undefined;
    here = next;
  }
  return findings;
}

/** Whether the text ends before it is known if word `first` starts a run of the index. */
function isOpenRun(words: Words, first: number, length: number, index: LeakIndex): boolean {
  const whole = endOfRun(words, first);
  const last = whole === NO_RUN ? words.count : whole;
  let hash = 0;
  for (let i = first; i < last; i++) {
    if (words.weights[i] === 0) return false;
    if (i > first && words.starts[i]! - words.ends[i - 1]! > GAP_MOST) return false;
    // The last word may go on: of it nothing but its beginning is known.
    if (words.ends[i] === length) return index.mayBegin(withFirst(hash, words.firsts[i]!));
    hash = joinHash(hash, words.hashes[i]!);
    if (!index.mayBegin(hash)) return false;
  }
  if (whole !== NO_RUN) return false;
  return length - words.ends[words.count - 1]! <= GAP_MOST;
}

function openRunFrom(text: string, index: LeakIndex): number {
  const { length } = text;
  const from = leastOpen(length, REACH);
  const words = wordsOf(text, from);
  for (let first = 0; first < words.count; first++) {
    if (!isOpenRun(words, first, length, index)) continue;
    // Whether the run before is reported depends on this one.
    const before = first > 0 && repeatAt(text, words, first - 1, index) !== undefined;
    return words.starts[before ? first - 1 : first]!;
  }
  return length;
}

/** Where the beginning of a canary starts that the text ends with. */
function openCanaryFrom(text: string, canary: string): number {
  const least = Math.max(0, text.length - canary.length + 1);
  for (let at = text.indexOf(canary[0]!, least); at >= 0; at = text.indexOf(canary[0]!, at + 1)) {
    if (canary.startsWith(text.slice(at))) return at;
  }
  return text.length;
}

const hasNothing = (context: DetectContext): boolean =>
  context.systemPrompts.length === 0 && context.canaries.length === 0;

/** Canaries and runs of eight words of a system prompt in an answer. */
export const leakDetector: Detector = {
  id: 'leak',
  version: '2',
  classes: ['prompt_leak'],
  reach: REACH,
  lookbehind: REACH,
  usesContext: true,
  appliesTo: (_channel, direction) => direction === 'output',
  openFrom(view, context) {
    if (context === undefined) return 0;
    if (hasNothing(context)) return view.folded.length;
    const { lower: text, length } = settledText(view);
    const index = leakIndexOf(context);
    let open = index.runs.size === 0 ? length : openRunFrom(text, index);
    for (const canary of index.canaries) open = Math.min(open, openCanaryFrom(text, canary));
    return open;
  },
  inspect(view, context) {
    if (hasNothing(context)) return [];
    const index = leakIndexOf(context);
    const findings: TextFinding[] = [];
    for (const canary of index.canaries) {
      for (let at = view.lower.indexOf(canary); at >= 0; at = view.lower.indexOf(canary, at + 1)) {
        findings.push(toFinding(view, at, at + canary.length, 'prompt_leak.canary', 1));
      }
    }
    return index.runs.size === 0 ? findings : [...findings, ...findRepeats(view, index)];
  },
};

// System-prompt leakage: an answer that holds a canary, or repeats a run of words of its own instructions.
import type { TextFinding } from '../contract/index.ts';
import type { DetectContext, Detector } from './detector.ts';
import { lowerSameLength, foldText } from './fold.ts';
import type { TextView } from './view.ts';

/** Words in a row that must be the same. A Chinese, Japanese or Korean character counts as half a word. */
const RUN_WEIGHT = 16;
const WORD_MOST = 22;
/** Most characters between two words of a run. */
const GAP_MOST = 6;
/** One more word than the run is looked at on either side. */
const REACH = (RUN_WEIGHT / 2 + 1) * (WORD_MOST + GAP_MOST) + 4;
/** Canaries longer than this are recognised by their beginning. */
const CANARY_MOST = 200;
const CANARY_LEAST = 6;
/** Words of system prompts that are indexed: a bound on memory. What comes after is compared with nothing. */
const INDEXED_MOST = 60_000;

const IDEOGRAPH = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}';
const WORD = new RegExp(`[${IDEOGRAPH}]|(?:(?![${IDEOGRAPH}])[\\p{L}\\p{N}]){1,${WORD_MOST + 1}}`, 'uy');
const NOT_WORD = new RegExp(`[^\\p{L}\\p{N}]{1,${GAP_MOST + 1}}`, 'uy');
const ONE_IDEOGRAPH = new RegExp(`^[${IDEOGRAPH}]`, 'u');

/** What a code point is to words: no part of one, a letter or digit of one, a word by itself. */
const NONE = 1;
const LETTER = 2;
const IDEOGRAM = 3;
const kinds = new Uint8Array(0x10000);

function kindOf(codePoint: number): number {
  const known = codePoint < 0x10000 ? kinds[codePoint]! : 0;
  if (known !== 0) return known;
  const symbol = String.fromCodePoint(codePoint);
  const kind = ONE_IDEOGRAPH.test(symbol) ? IDEOGRAM : /[\p{L}\p{N}]/u.test(symbol) ? LETTER : NONE;
  if (codePoint < 0x10000) kinds[codePoint] = kind;
  return kind;
}

/** Calls `visit` with the place of every start of a word. */
function eachStart(text: string, visit: (at: number) => void): void {
  let before = NONE;
  for (let at = 0; at < text.length; at++) {
    const place = at;
    let code = text.charCodeAt(at);
    if (code >= 0xd800 && code <= 0xdbff) {
      code = text.codePointAt(at)!;
      if (code > 0xffff) at++;
    }
    const kind = kindOf(code);
    if (kind === IDEOGRAM || (kind === LETTER && before !== LETTER)) visit(place);
    before = kind;
  }
}

/** A hash of the word at `at` and of the letter after it: what is looked up before a whole run is put together. */
function beginningOf(text: string, at: number): number {
  let hash = 0;
  let place = at;
  for (; place < at + WORD_MOST + 1 && kindOf(text.charCodeAt(place) || 0) === LETTER; place++) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(place)) | 0;
  }
  // Ideograms and letters beyond the basic plane: by their first unit alone.
  if (place === at) return text.charCodeAt(at);
  const end = place;
  while (place < end + GAP_MOST + 1 && kindOf(text.charCodeAt(place) || 0) === NONE) place++;
  return (Math.imul(hash, 31) + (text.charCodeAt(place) || 0)) | 0;
}

interface Run {
  readonly words: string;
  readonly end: number;
  /** Where the second word of the run starts. */
  readonly second: number;
}

/** The run of words that starts at `at`, or undefined where words or gaps are too long or the text ends before. */
function runAt(text: string, at: number): Run | undefined {
  let weight = 0;
  let words = '';
  let place = at;
  let second = -1;
  for (;;) {
    WORD.lastIndex = place;
    const word = WORD.exec(text)?.[0];
    if (word === undefined || word.length > WORD_MOST) return undefined;
    place += word.length;
    weight += ONE_IDEOGRAPH.test(word) ? 1 : 2;
    words += `${word} `;
    if (weight >= RUN_WEIGHT) return { words, end: place, second };
    NOT_WORD.lastIndex = place;
    const gap = NOT_WORD.exec(text)?.[0].length ?? 0;
    if (gap > GAP_MOST) return undefined;
    place += gap;
    if (second < 0) second = place;
  }
}

interface Index {
  /** Run of words to its number in the prompt. */
  readonly runs: ReadonlyMap<string, number>;
  /** Hashes of the beginnings of the runs: the gate. */
  readonly beginnings: ReadonlySet<number>;
  readonly canaries: readonly string[];
}

const fold = (text: string): string => lowerSameLength(foldText(text).folded);
const indexes = new WeakMap<DetectContext, Index>();

function indexOf(context: DetectContext): Index {
  const known = indexes.get(context);
  if (known !== undefined) return known;
  const runs = new Map<string, number>();
  const beginnings = new Set<number>();
  for (const prompt of context.systemPrompts) {
    const text = fold(prompt);
    let number = 0;
    eachStart(text, (start) => {
      if (runs.size >= INDEXED_MOST) return;
      const run = runAt(text, start);
      if (run !== undefined && !runs.has(run.words)) {
        runs.set(run.words, number);
        beginnings.add(beginningOf(text, start));
      }
      number++;
    });
  }
  const canaries = context.canaries.map((canary) => fold(canary).slice(0, CANARY_MOST));
  const index = { runs, beginnings, canaries: canaries.filter((canary) => canary.length >= CANARY_LEAST) };
  indexes.set(context, index);
  return index;
}

const TECHNIQUES = ['LLM07:2025', 'AML.T0056'];

function toFinding(view: TextView, from: number, to: number, rule: string, score: number): TextFinding {
  const [start, end] = view.toOriginal(from, to);
  const evidence = `${to - from} characters in common with the instructions`;
  const severity = score === 1 ? 'critical' : 'high';
  return { rule, class: 'prompt_leak', severity, score, start, end, evidence, techniques: TECHNIQUES };
}

interface Repeat {
  readonly start: number;
  readonly end: number;
  /** Number of the run in its prompt. */
  readonly number: number;
  /** Whether the runs one word before and one word after are repeated as well. */
  readonly inner: boolean;
}

/** Every start of a word of `text` that begins a run of the index. */
function repeatsOf(text: string, index: Index): Repeat[] {
  const repeats: Repeat[] = [];
  let follows = -1;
  eachStart(text, (start) => {
    if (!index.beginnings.has(beginningOf(text, start))) return;
    const run = runAt(text, start);
    const number = run === undefined ? undefined : index.runs.get(run.words);
    if (run === undefined || number === undefined) return;
    const next = runAt(text, run.second);
    const inner = follows === start && next !== undefined && index.runs.has(next.words);
    repeats.push({ start, end: run.end, number, inner });
    follows = run.second;
  });
  return repeats;
}

/** Canaries and runs of eight words of a system prompt in an answer. */
export const leakDetector: Detector = {
  id: 'leak',
  version: '1',
  classes: ['prompt_leak'],
  reach: REACH,
  lookbehind: REACH,
  usesContext: true,
  appliesTo: (_channel, direction) => direction === 'output',
  inspect(view, context) {
    if (context.systemPrompts.length === 0 && context.canaries.length === 0) return [];
    const index = indexOf(context);
    const findings: TextFinding[] = [];
    for (const canary of index.canaries) {
      for (let at = view.lower.indexOf(canary); at >= 0; at = view.lower.indexOf(canary, at + 1)) {
        findings.push(toFinding(view, at, at + canary.length, 'prompt_leak.canary', 1));
      }
    }
    if (index.runs.size === 0) return findings;
    for (const { start, end, number, inner } of repeatsOf(view.lower, index)) {
      // Runs overlap word by word: of those between two others every fourth is enough to cover the text.
      if (inner && number % 4 !== 0) continue;
      findings.push(toFinding(view, start, end, 'prompt_leak.words', 0.9));
    }
    return findings;
  },
};

// An answer that its documents do not bear out: figures that stand nowhere in them, names nobody mentioned, sentences
// made of other words. It sees what is said, not what is meant: a wrong conclusion from right figures passes.
import type { TextFinding } from '../../contract/index.ts';
import type { Detector } from '../detector.ts';
import { maskEvidence } from '../evidence.ts';
import { foldLower } from '../fold.ts';
import type { TextView } from '../view.ts';
import { type Quantity, findQuantities } from './quantities.ts';
import { type Sentence, splitSentences } from './sentences.ts';
import { type Support, supportOf } from './support.ts';
import { contentWords, languageOf, wordsOf } from './words.ts';

/** Longer answers are judged as far as this. */
const ANSWER_MOST = 100_000;
const FINDINGS_MOST = 50;
/** A count up to this is no figure: three reasons, ten steps. */
const COUNT_MOST = 12;
/** Fewer words that carry matter say too little about a sentence. */
const WORDS_LEAST = 6;
const TECHNIQUES = ['LLM09:2025'];

/** What a sentence begins with or holds that says it is unsure, asks, or speaks of something else than the documents. */
const ASIDE = new RegExp(
  foldLower(
    [
      '\\?$',
      "\\b(?:i (?:think|guess|assume|believe|don't know|do not know|could not|couldn't|cannot|can't|hope)|let me know|feel free|for example|for instance|as an example|e\\.g\\.|hypothetical|suppose|not (?:mentioned|stated|specified|provided|given|included)|does ?n[o']t (?:say|mention|state|specify|include|provide)|no (?:information|mention)|happy to help|you're welcome)",
      '\\b(?:ich (?:glaube|denke|vermute|weiß nicht)|zum beispiel|nicht (?:erwähnt|angegeben|genannt)|keine angaben?|gerne helfe)',
      "\\b(?:je (?:pense|crois|suppose)|par exemple|n'est pas (?:mentionné|indiqué|précisé)|aucune (?:information|mention)|n'hésitez pas)",
      '\\b(?:creo que|por ejemplo|no se (?:menciona|indica|especifica)|ninguna información|no dude en)',
      '\\b(?:credo che|ad esempio|per esempio|non (?:è|viene) (?:menzionat|indicat|specificat))',
      '\\b(?:acho que|por exemplo|não (?:é|foi) (?:mencionad|indicad|especificad))',
      '\\b(?:ik denk|bijvoorbeeld|niet (?:vermeld|genoemd))',
      '(?:例如|比如|没有提到|未提及|未提到|我认为|例えば|記載(?:が|は)(?:ない|ありません)|と思います|예를 들어|언급되지)',
    ].join('|'),
  ),
  'u',
);
const ROUGH = new RegExp(
  foldLower(
    '(?:about|around|approximately|approx\\.?|roughly|nearly|almost|over|under|more than|less than|at least|up to|some|' +
      'circa|ca\\.|c\\.|etwa|rund|ungefähr|knapp|über|fast|environ|près de|plus de|presque|unos|unas|alrededor de|casi|' +
      'más de|quasi|oltre|cerca de|mais de|ongeveer|bijna|meer dan|około|ponad|около|более|约|大约|近|約|およそ|약|[~<>])' +
      '\\s?[$€£¥]?\\s?$',
  ),
  'u',
);
const LIST_MARK = /(?:^|\n)[ \t]*(?:[-*#]{1,6}[ \t]*)?(?:(?:step|schritt|etape|paso|passo|stap|no|nr)\.?[ \t]?)?$/;
const CODE_FENCE = /```[\s\S]*?(?:```|$)/g;
/** Two or more words in a row that begin with a capital: a name, in languages that write only names so. */
const NAME =
  /(?<![\p{L}\p{N}'.-])\p{Lu}[\p{Ll}'-]{2,30}(?: (?:(?:de|da|di|du|van|von|der|la|le|of) )?\p{Lu}[\p{Ll}'-]{2,30}){1,3}(?![\p{L}])/gu;
/** German writes all nouns so. */
const NO_NAMES = new Set(['de', 'zh', 'ja']);

interface Scene {
  readonly view: TextView;
  readonly support: Support;
  /** Folded, in lower case, code blanked out. */
  readonly text: string;
  readonly sentences: readonly Sentence[];
  /** By number of sentence: unsure, asking or aside. */
  readonly asides: readonly boolean[];
}

function toFinding({ view }: Scene, place: Sentence, rule: string, score: number, evidence: string): TextFinding {
  const [start, end] = view.toOriginal(place.start, place.end);
  const severity = score >= 0.5 ? 'medium' : 'low';
  return { rule, class: 'ungrounded', severity, score, start, end, evidence, techniques: TECHNIQUES };
}

/** Whether a figure is one at all: no list mark, no small count. */
function isFigure({ text }: Scene, quantity: Quantity): boolean {
  if (quantity.kind === 'date' || quantity.kind === 'time') return true;
  if (quantity.kind === 'code') return /\d{2}/.test(quantity.text) && /^[\p{L}\d][\p{L}\d.:/_-]*$/u.test(quantity.text);
  if (quantity.marked) return true;
  if (quantity.readings[0]!.value <= COUNT_MOST) return false;
  const isMark = /^[.)][ \t]/.test(text.slice(quantity.end, quantity.end + 2));
  return !(isMark && LIST_MARK.test(text.slice(Math.max(0, quantity.start - 24), quantity.start)));
}

/** How sure it is that a figure that stands nowhere is wrong. Figures that may be worked out are hardly ever. */
function figureScore(quantity: Quantity, standing: 'derived' | 'missing'): number {
  if (standing === 'derived') return 0.3;
  switch (quantity.kind) {
    case 'date':
      return quantity.readings.some(({ day, month }) => day !== undefined && month !== undefined) ? 0.7 : 0.6;
    case 'time':
      return 0.6;
    case 'code':
      return 0.5;
    case 'number':
      return quantity.marked || quantity.readings[0]!.digits >= 3 ? 0.7 : 0.4;
  }
}

const FIGURE_RULES = { date: 'date', time: 'number', code: 'number', number: 'number' } as const;

function* findFigures(scene: Scene): Generator<TextFinding> {
  let number = 0;
  for (const quantity of findQuantities(scene.text)) {
    while (number + 1 < scene.sentences.length && scene.sentences[number]!.end <= quantity.start) number++;
    if (scene.asides[number] === true || !isFigure(scene, quantity)) continue;
    const isRough = ROUGH.test(scene.text.slice(Math.max(0, quantity.start - 20), quantity.start));
    const standing = scene.support.standingOf(quantity, isRough);
    if (standing === 'stated') continue;
    const evidence = `${quantity.kind} ${maskEvidence(scene.text.slice(quantity.start, quantity.end))} in no document`;
    const rule = `ungrounded.${FIGURE_RULES[quantity.kind]}`;
    yield toFinding(scene, quantity, rule, figureScore(quantity, standing), evidence);
  }
}

function* findNames(scene: Scene, language: string | undefined): Generator<TextFinding> {
  if (language === undefined || NO_NAMES.has(language)) return;
  const { folded } = scene.view;
  for (const { start, end } of scene.sentences.filter((_, i) => scene.asides[i] !== true)) {
    // A heading is capitals throughout, and a sentence begins with one.
    if (!/[\p{Ll}]/u.test(folded[end - 1] ?? '') && !/[.!?)"'*]$/.test(folded.slice(start, end))) continue;
    for (const match of scene.text === '' ? [] : folded.slice(start, end).matchAll(NAME)) {
      const words = wordsOf(foldLower(match[0]));
      const atStart = match.index <= 3;
      const strange = words.slice(atStart ? 1 : 0).filter((word) => word.length > 2 && !scene.support.hasWord(word));
      if (strange.length < 2 || strange.length < words.length - 1) continue;
      const place = { start: start + match.index, end: start + match.index + match[0].length };
      yield toFinding(scene, place, 'ungrounded.name', 0.55, `a name of ${words.length} words in no document`);
    }
  }
}

function* findSentences(scene: Scene, language: string | undefined): Generator<TextFinding> {
  // Words of another language are other words: nothing can be said of a translation.
  if (language === undefined || language !== scene.support.language) return;
  for (const [i, { start, end }] of scene.sentences.entries()) {
    if (scene.asides[i] === true) continue;
    const words = [...new Set(contentWords(wordsOf(scene.text.slice(start, end))))];
    if (words.length < WORDS_LEAST) continue;
    const share = words.filter((word) => scene.support.hasStem(word)).length / words.length;
    if (share >= 0.3) continue;
    const evidence = `${Math.round(share * 100)}% of ${words.length} words stand in the documents`;
    yield toFinding(scene, { start, end }, 'ungrounded.sentence', share < 0.15 ? 0.6 : 0.45, evidence);
  }
}

/** Figures, names and sentences of an answer that the documents of its request do not bear out. */
export const groundingDetector: Detector = {
  id: 'grounding',
  version: '1',
  classes: ['ungrounded'],
  reach: Infinity,
  lookbehind: Infinity,
  usesContext: true,
  appliesTo: (channel, direction) => direction === 'output' && channel === 'output',
  inspect(view, { documents }): readonly TextFinding[] {
    if (documents === undefined || documents.texts.length === 0) return [];
    const support = supportOf(documents);
    if (!support.complete || view.folded.length > ANSWER_MOST) {
      const evidence = 'documents or answer are longer than is compared';
      const span = { start: 0, end: view.original.length };
      const base = { rule: 'ungrounded.not_compared', class: 'ungrounded', severity: 'info', score: 0.1 } as const;
      return [{ ...base, ...span, evidence, techniques: TECHNIQUES }];
    }
    const text = view.lower.replace(CODE_FENCE, (code) => ' '.repeat(code.length));
    const sentences = splitSentences(text);
    const asides = sentences.map(({ start, end }) => ASIDE.test(text.slice(start, end)));
    const scene: Scene = { view, support, text, sentences, asides };
    const language = languageOf(wordsOf(text));
    const findings: TextFinding[] = [];
    for (const found of [findFigures(scene), findNames(scene, language), findSentences(scene, language)]) {
      for (const finding of found) if (findings.length < FINDINGS_MOST) findings.push(finding);
    }
    return findings;
  },
};

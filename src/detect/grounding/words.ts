// The words of a text that carry its matter, in a form in which inflections of one word are mostly the same.
import { foldLower } from '../fold.ts';

/** Words that every text has, by language: they tell the language, and say nothing of the matter. */
const COMMON: Readonly<Record<string, string>> = {
  en: 'the of and to in is that for was with are this have from which not but they their were been has had will would can could there about into than then also these those such when where what while your you more most other some only over after before between because through during under both each very',
  de: 'der die das und ist nicht mit ein eine einen einem einer auf für von dem den des sich auch wird werden wurde wurden sind war waren haben hat hatte oder aber als bei nach über durch zum zur dass noch nur kann können sowie wie mehr diese dieser dieses sie wir ihr ihre',
  fr: 'le la les des est une dans que qui pour par sur avec pas sont plus cette ces son ses aux été être ont avait mais nous vous leur leurs ainsi comme tout tous entre après avant même aussi elle ils',
  es: 'el los las una que con por para del como más pero sus este esta estos estas fue son ser han había también entre cuando sobre desde hasta donde sin muy porque todo todos ella ellos según',
  it: 'il lo gli una che con per del della dei delle non sono più come anche questo questa questi queste nel nella alla dal dalla stato stata hanno aveva tra quando dove molto suo sua loro essere',
  pt: 'os as uma que com por para do da dos das não mais como mas foi são ser tem também pelo pela seu sua este esta esse essa entre quando onde muito nos nas até sem ele ela eles',
  nl: 'de het een van en dat niet met voor zijn op aan ook als door maar bij wordt worden werd waren heeft hebben naar over uit dan nog deze dit kan er om hun wat veel meer',
  pl: 'nie się jest na do że jak ale lub przez oraz był była było są został dla po od przy który która które tylko może jego ich także',
  ru: 'и в не на что с по как это но из у за от так же для был была были быть есть который которая которые также только может его их',
};

const LANGUAGE_OF = new Map<string, readonly string[]>();
for (const [language, words] of Object.entries(COMMON)) {
  for (const word of words.split(' ').map(foldLower)) {
    LANGUAGE_OF.set(word, [...(LANGUAGE_OF.get(word) ?? []), language]);
  }
}

const WORD = /[\p{L}\p{M}]+(?:'[\p{L}]+)?/gu;
const IDEOGRAPH = /[\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/;
const SHORTEST = 4;
/** Beginnings that inflections share. */
const STEM = 6;

/** The matter of a word: its beginning, or nothing of one that every text has. */
function stemOf(word: string): string | undefined {
  if (word.length < SHORTEST || LANGUAGE_OF.has(word)) return undefined;
  return word.length > STEM ? word.slice(0, STEM) : word.replace(/(?:es|s|e|n)$/, '');
}

/** Whether a run of letters is of a script that writes no spaces. Most words are told by their first letter. */
function isIdeographic(word: string): boolean {
  return word.charCodeAt(0) >= 0x2e80 && IDEOGRAPH.test(word);
}

/** Pairs of neighbouring ideographs: what stands for words where no spaces are written. */
function pairsOf(run: string): string[] {
  const symbols = [...run].filter((symbol) => IDEOGRAPH.test(symbol));
  return symbols.slice(1).map((symbol, i) => symbols[i]! + symbol);
}

/** The words of a folded lower-case text, in order; a run of ideographs is one. */
export function wordsOf(text: string): string[] {
  return text.match(WORD) ?? [];
}

/** Stems of the words that carry matter, in order, with repeats. */
export function contentWords(words: readonly string[]): string[] {
  const stems: string[] = [];
  for (const word of words) {
    if (isIdeographic(word)) stems.push(...pairsOf(word));
    else {
      const stem = stemOf(word);
      if (stem !== undefined) stems.push(stem);
    }
  }
  return stems;
}

/** Words that are looked at to tell a language. */
const SAMPLE = 300;

/**
 * The language of a text by its common words, or the script where that says enough; undefined where
 * there is too little to tell.
 */
export function languageOf(words: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  let length = 0;
  let wide = 0;
  let isKana = false;
  const sample = words.slice(0, SAMPLE);
  for (const word of sample) {
    length += word.length;
    if (isIdeographic(word)) {
      wide += word.length;
      isKana ||= /[\u3040-\u30ff]/.test(word);
    }
    for (const language of LANGUAGE_OF.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  if (wide > length / 4) return isKana ? 'ja' : 'zh';
  const [first, second] = [...counts].sort((a, b) => b[1] - a[1]);
  const least = Math.max(sample.length / 20, Math.min(3, Math.max(1, Math.floor(sample.length / 8))));
  if (first === undefined || first[1] < least) return undefined;
  return second !== undefined && second[1] * 1.3 > first[1] ? undefined : first[0];
}

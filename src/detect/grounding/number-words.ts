// Numbers in words, and the words that scale a number: enough for a document's "twelve million" to bear out "12,000,000".
import { foldLower } from '../fold.ts';

/** Word lists of English, German, French, Spanish, Italian, Portuguese and Dutch, by value. */
const WORDS: readonly (readonly [number, string])[] = [
  [0, 'zero null nul cero'],
  [1, 'one eins une uno una um uma een'],
  [2, 'two zwei deux dos due dois duas twee twice both'],
  [3, 'three drei trois tres tre três drie'],
  [4, 'four vier quatre cuatro quattro quatro'],
  [5, 'five fünf cinq cinco cinque vijf'],
  [6, 'six sechs seis sei zes'],
  [7, 'seven sieben sept siete sette sete zeven'],
  [8, 'eight acht huit ocho otto oito'],
  [9, 'nine neun neuf nueve nove negen'],
  [10, 'ten zehn dix diez dieci dez tien'],
  [11, 'eleven elf onze once undici'],
  [12, 'twelve zwölf douze doce dodici twaalf dozen dutzend douzaine'],
  [13, 'thirteen dreizehn treize trece tredici treze dertien'],
  [14, 'fourteen vierzehn quatorze catorce quattordici veertien'],
  [15, 'fifteen fünfzehn quinze quince quindici vijftien'],
  [16, 'sixteen sechzehn seize dieciséis sedici dezesseis zestien'],
  [17, 'seventeen siebzehn diecisiete diciassette dezessete zeventien'],
  [18, 'eighteen achtzehn dieciocho diciotto dezoito achttien'],
  [19, 'nineteen neunzehn diecinueve diciannove dezenove negentien'],
  [20, 'twenty zwanzig vingt veinte venti vinte twintig'],
  [30, 'thirty dreißig trente treinta trenta trinta dertig'],
  [40, 'forty vierzig quarante cuarenta quaranta quarenta veertig'],
  [50, 'fifty fünfzig cinquante cincuenta cinquanta cinquenta vijftig'],
  [60, 'sixty sechzig soixante sesenta sessanta sessenta zestig'],
  [70, 'seventy siebzig setenta settanta zeventig'],
  [80, 'eighty achtzig ochenta ottanta oitenta tachtig'],
  [90, 'ninety neunzig noventa novanta negentig'],
  [0.5, 'half halb hälfte moitié mitad metà metade helft'],
  [0.25, 'quarter viertel quart cuarto quarto kwart'],
];

const SCALES: readonly (readonly [number, string])[] = [
  [100, 'hundred hundert cent ciento cien cento honderd'],
  [1000, 'thousand tausend mille mil mila duizend k tsd 千'],
  [10_000, '万 萬 만'],
  [100_000, 'lakh lakhs'],
  [
    1e6,
    'million millions mn mio m millionen millones millón milioni milione milhões milhão miljoen mln млн миллион миллиона миллионов 百万',
  ],
  [1e7, 'crore crores'],
  [1e8, '亿 億 억'],
  [1e9, 'billion billions bn b milliarde milliarden mrd milliard milliards miliardi miliardo miljard млрд миллиард'],
  [1e12, 'trillion trillions tn billionen 兆 조'],
];

/** Scales that stand before other letters without a space. */
const WIDE_SCALES = SCALES.flatMap(([value, words]) =>
  words
    .split(' ')
    .flatMap((word) => (/[\u3400-\u9fff\uac00-\ud7af]/.test(word) ? [[foldLower(word), value] as const] : [])),
);

const toMap = (table: readonly (readonly [number, string])[]): ReadonlyMap<string, number> =>
  new Map(table.flatMap(([value, words]) => words.split(' ').map((word) => [foldLower(word), value] as const)));

const WORD_VALUES = toMap(WORDS);
const SCALE_VALUES = toMap(SCALES);

const AFTER = /^\s?(\p{L}{1,12})(?!\p{L})/u;

/** The word that multiplies the number before it, with how much of the text it takes. `after` is folded, in lower case. */
export function scaleAfter(after: string): { readonly factor: number; readonly length: number } | undefined {
  for (const [word, factor] of WIDE_SCALES) if (after.startsWith(word)) return { factor, length: word.length };
  const match = AFTER.exec(after);
  const factor = match === null ? undefined : SCALE_VALUES.get(match[1]!);
  return factor === undefined ? undefined : { factor, length: match![0].length };
}

const WORD = /\p{L}+/gu;

/** Whether a word is a number's, or may belong to one; "one" is mostly no number, and says nothing that a figure would. */
export function isNumberWord(word: string): boolean {
  const value = WORD_VALUES.get(word);
  return value !== undefined && value !== 1;
}

/** Values of the numbers that a folded lower-case text spells out: "twenty-five", "two hundred", "half a million". */
export function findNumberWords(text: string): number[] {
  const values: number[] = [];
  let open: number | undefined;
  let end = 0;
  const close = (): void => {
    if (open !== undefined) values.push(open);
    open = undefined;
  };
  for (const match of text.matchAll(WORD)) {
    const [word] = match;
    const value = WORD_VALUES.get(word);
    const scale = SCALE_VALUES.get(word);
    const joined =
      open !== undefined && /^(?:[\s-]{1,2}|\s(?:a|and|und|et|y|e|en)\s)$/.test(text.slice(end, match.index));
    if (value !== undefined) {
      // A unit after a ten or a hundred: twenty-five, two hundred and four.
      if (joined && open! >= 20 && value < 100 && open! % 10 === 0) open = open! + value;
      else {
        close();
        open = value;
      }
    } else if (scale !== undefined && word.length > 2 && joined) {
      // Of "two hundred thousand" each step is a number too.
      open = open! * scale;
    } else if (word !== 'a' && word !== 'and' && word !== 'und' && word !== 'et' && word !== 'y' && word !== 'e') {
      close();
      continue;
    } else continue;
    end = match.index + word.length;
  }
  close();
  return values;
}

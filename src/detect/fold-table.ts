// The look-alike letters of other scripts and styles, and the ASCII letter each is read as.

/**
 * Pairs written as one string: each symbol is followed by its ASCII reading. Where a script has two cases, both
 * cases of a letter go to the same ASCII letter even if only one of them looks like it: else a word of that script
 * would fold differently at the start of a sentence, and no rule in its own language could be found.
 */
const CASED = [
  // Cyrillic
  'аaвbсcеeнhіiјjкkмmоoрpѕsтtуyхxѵvԁdԍgһhӏlԛqԝwүyґgєeёeѐeїiўyөoӕa',
  // Greek
  'αaβbεeζzιiκkμmνvοoρpτtυyχxγyωwϲcϳjσo',
  // Armenian
  'օoսuոnհhցgլlյjսu',
  // Latin letters that do not decompose
  'øołlđdħhŧtƀbɓbƈcɖdɗdɠgƙkƚlɱmɲnŋnƥpƭtʈtʋvƴyʐzƶzıiȷjɑaɡgɩiɪiɛeəeɔcʊuþpðdƞnƨsɨiʉuɵoɋqɍrɏyƒfɐaɯwʌvʍmʎyɹrʇtɟfɾrʞkɥh',
  // Small capitals and phonetic letters
  'ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhᴊjᴋkʟlᴍmɴnᴏoᴘpꞯqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢzᴆdᴣzᴦrᴨnᴩp',
  // Cherokee
  'ꭺaꮟbꮯcꭰdꭼeꮐgꮋhꭵiꭻjꮶkꮮlꮇmꮲpꮢrꮪsꭲtꮩvꮃwꮓzꮍyꭱrꮖiꮿt',
  // Letters with hook or tail seen in spoofs
  'ꓐbꓑpꓓdꓔtꓖgꓗkꓙjꓚcꓜzꓝfꓟmꓠnꓡlꓢsꓣrꓦvꓧhꓪwꓫxꓬyꓮaꓰeꓲiꓳoꓴu',
  // Coptic
  'ⲁaⲃbⲉeⲏhⲓiⲕkⲙmⲛnⲟoⲣpⲥcⲧtⲩyⲭx',
].join('');

/** Several ASCII characters for one. */
const WIDE: Readonly<Record<string, string>> = { ß: 'ss', ẞ: 'SS', æ: 'ae', Æ: 'AE', œ: 'oe', Œ: 'OE', '…': '...' };

/** Punctuation that text tools replace by a typographic form, and blanks that are not spaces. */
const SIGNS =
  "‘'’'‚'‛'′'ʼ'ʹ'ˈ'´'“\"”\"„\"‟\"″\"«\"»\"‹'›'‐-‑-‒-–-—-―-−-﹘-⁃-⁄/∕/∗*⁎*∶:ː:։:׃:᛬ \u2800 \u2028\n\u2029\n" +
  '\u0085\n\u00a0 ¨ ¯ ¸ ⋅.·.•*';

/** Letters that look Latin in one case only; undone in a layer of their own, where a word mixes scripts. */
const MIXED = 'ΗHηnΝNνvΥYυuΜMРPрpпnиuгrшwщwьbЬbзeЗ3чyлnдaяrЯRЙNйuбbыbφoΦOθoΘOλaπnδdΔAΛAΣEςsξeβBאxסoטuעyרrλaѡwԼLՏSյjɸo';

function readPairs(pairs: string, into: Map<number, string>, alsoUpper: boolean): void {
  const symbols = [...pairs];
  for (let i = 0; i + 1 < symbols.length; i += 2) {
    const symbol = symbols[i]!;
    const ascii = symbols[i + 1]!;
    into.set(symbol.codePointAt(0)!, ascii);
    const upper = symbol.toUpperCase();
    if (alsoUpper && upper !== symbol && [...upper].length === 1) into.set(upper.codePointAt(0)!, ascii.toUpperCase());
  }
}

/** `count` consecutive code points from `first` read as consecutive ASCII characters from `ascii`. */
function readRange(first: number, count: number, ascii: string, into: Map<number, string>): void {
  for (let i = 0; i < count; i++) into.set(first + i, String.fromCharCode(ascii.charCodeAt(0) + i));
}

function lookAlikes(): Map<number, string> {
  const table = new Map<number, string>();
  readPairs(CASED, table, true);
  readPairs(SIGNS, table, false);
  for (const [symbol, ascii] of Object.entries(WIDE)) table.set(symbol.codePointAt(0)!, ascii);
  // Tag characters carry ASCII that no screen shows.
  readRange(0xe0020, 95, ' ', table);
  // Parenthesised, negative circled, negative squared and regional-indicator letters have no useful decomposition.
  readRange(0x249c, 26, 'a', table);
  readRange(0x1f110, 26, 'A', table);
  readRange(0x1f150, 26, 'A', table);
  readRange(0x1f170, 26, 'A', table);
  readRange(0x1f1e6, 26, 'A', table);
  // A final sigma is lower case of the same letter; kept apart it would make lower case depend on the neighbours.
  table.set(0x3c2, table.get(0x3c3)!);
  return table;
}

/** Code point to its ASCII reading; the same for both cases of a letter. */
export const LOOK_ALIKES: ReadonlyMap<number, string> = lookAlikes();

function mixed(): Map<number, string> {
  const table = new Map<number, string>();
  readPairs(MIXED, table, false);
  return table;
}

/** Further readings, right only within a word that also has Latin letters. */
export const MIXED_SCRIPT: ReadonlyMap<number, string> = mixed();

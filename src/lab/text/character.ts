// Edits of single characters: a slip of the finger, or what looks the same and is not.
import type { Stream } from '../evasion/stream.ts';
import { charactersOf, type Edit } from './edit.ts';

/** Letters of other alphabets that look like Latin ones. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  a: 'а',
  c: 'с',
  d: 'ԁ',
  e: 'е',
  g: 'ɡ',
  h: 'һ',
  i: 'і',
  j: 'ј',
  l: 'ӏ',
  o: 'о',
  p: 'р',
  q: 'ԛ',
  s: 'ѕ',
  u: 'υ',
  v: 'ν',
  w: 'ԝ',
  x: 'х',
  y: 'у',
  A: 'А',
  B: 'В',
  C: 'С',
  E: 'Е',
  H: 'Н',
  I: 'І',
  K: 'К',
  M: 'М',
  N: 'Ν',
  O: 'О',
  P: 'Р',
  S: 'Ѕ',
  T: 'Т',
  X: 'Х',
  Y: 'Υ',
};
const ZERO_WIDTH = ['\u200b', '\u200c', '\u200d', '\u2060'];

/** A place within the word, never its first or last character: there a slip is seen most. */
const inner = (length: number, stream: Stream): number => 1 + stream.below(length - 2);

/** Two neighbours change places. */
export const swap: Edit = (word, stream) => {
  const characters = charactersOf(word);
  if (characters.length < 4) return undefined;
  const at = 1 + stream.below(characters.length - 3);
  if (characters[at] === characters[at + 1]) return undefined;
  [characters[at], characters[at + 1]] = [characters[at + 1]!, characters[at]!];
  return characters.join('');
};

export const drop: Edit = (word, stream) => {
  const characters = charactersOf(word);
  if (characters.length < 3) return undefined;
  characters.splice(inner(characters.length, stream), 1);
  return characters.join('');
};

/** One letter by its likeness. */
export const homoglyph: Edit = (word, stream) => {
  const characters = charactersOf(word);
  const places = [...characters.keys()].filter((i) => LOOKALIKES[characters[i]!] !== undefined);
  if (places.length === 0) return undefined;
  const at = places[stream.below(places.length)]!;
  characters[at] = LOOKALIKES[characters[at]!]!;
  return characters.join('');
};

/** Every letter that has a likeness. */
export const homoglyphs: Edit = (word) => {
  const written = charactersOf(word)
    .map((character) => LOOKALIKES[character] ?? character)
    .join('');
  return written === word ? undefined : written;
};

export const zeroWidth: Edit = (word, stream) => {
  const characters = charactersOf(word);
  if (characters.length < 2) return undefined;
  characters.splice(1 + stream.below(characters.length - 1), 0, ZERO_WIDTH[stream.below(ZERO_WIDTH.length)]!);
  return characters.join('');
};

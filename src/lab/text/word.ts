// Edits of whole words: written another way, taken apart, or put among others.
import { charactersOf, type Edit } from './edit.ts';

const DIGITS: Readonly<Record<string, string>> = { a: '4', e: '3', i: '1', o: '0', s: '5', t: '7', b: '8', g: '9' };
/** Words that say nothing, to water a text down with. */
const FILLERS = ['kindly', 'perhaps', 'today', 'please', 'thanks', 'by the way', 'as usual', 'of course'];

export const leetspeak: Edit = (word) => {
  const written = charactersOf(word)
    .map((character) => DIGITS[character.toLowerCase()] ?? character)
    .join('');
  return written === word ? undefined : written;
};

/** Spaces or dots between all characters. */
export const spaced: Edit = (word, stream) => {
  const characters = charactersOf(word);
  return characters.length < 2 ? undefined : characters.join(stream.next() < 0.5 ? ' ' : '.');
};

/** One break. */
export const split: Edit = (word, stream) => {
  const characters = charactersOf(word);
  if (characters.length < 3) return undefined;
  characters.splice(1 + stream.below(characters.length - 1), 0, stream.next() < 0.5 ? ' ' : '-');
  return characters.join('');
};

export const alternateCase: Edit = (word) => {
  const written = charactersOf(word)
    .map((character, i) => (i % 2 === 0 ? character.toLowerCase() : character.toUpperCase()))
    .join('');
  return written === word ? undefined : written;
};

export const upperCase: Edit = (word) => {
  const written = word.toUpperCase();
  return written === word ? undefined : written;
};

export const padded: Edit = (word, stream) => `${FILLERS[stream.below(FILLERS.length)]!} ${word}`;

/** As numbers that a browser shows as the letters. */
export const htmlEntities: Edit = (word) => Array.from(word, (character) => `&#${character.codePointAt(0)!};`).join('');

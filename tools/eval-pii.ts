// Precision, recall and F1 of the detectors of personal data, on the development corpora (which stay outside the
// repository). Usage: npx tsx tools/eval-pii.ts [--show [RULE]] [--least SCORE]
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createView, namesDetector, piiDetector, type DetectContext } from '../src/detect/index.ts';

const corpora = resolve(import.meta.dirname, '../../shared/data/prompts');
const PLANTED = 'presidio_pii_generated_large';
/** Everyday requests, documents and code: what is found there are false alarms, or names that nobody planted. */
const BENIGN = [
  'clinc150',
  'taskmaster4',
  't0_tasks',
  'self_instruct_human',
  'fuzzyai_benign',
  'gsm8k_test',
  'salesforce_domain_documents',
  'humaneval_prompts',
];

interface Row {
  readonly text: string;
  readonly spans?: readonly { type: string; start: number; end: number }[];
}
interface Span {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/** What the corpus calls what we look for. What is not here nobody looks for: web addresses, job titles, other dates. */
const KINDS: Readonly<Record<string, string>> = {
  CREDIT_CARD: 'pii.card',
  IBAN_CODE: 'pii.iban',
  EMAIL_ADDRESS: 'pii.email',
  PHONE_NUMBER: 'pii.phone',
  US_SSN: 'pii.us_ssn',
  IP_ADDRESS: 'pii.ip',
  US_DRIVER_LICENSE: 'pii.driver_license',
  PERSON: 'pii.person',
  LOCATION: 'pii.place',
  ADDRESS: 'pii.address',
  ORGANIZATION: 'pii.organization',
};
/** Kinds whose borders are a matter of view: a town at the end of an address, a title before a name. */
const ALIKE: Readonly<Record<string, readonly string[]>> = {
  'pii.address': ['pii.address', 'pii.place'],
  'pii.place': ['pii.place', 'pii.address'],
  'pii.person': ['pii.person', 'PREFIX'],
  'pii.birth_date': ['DATE_TIME'],
};

const context: DetectContext = {
  direction: 'input',
  channel: 'user',
  systemPrompts: [],
  canaries: [],
  knownHosts: new Set(),
};

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : (process.argv[at + 1] ?? '');
};
const show = argument('--show');
const least = Number(argument('--least') ?? 0);
const isShown = (rule: string): boolean => show !== undefined && (show === '' || show.startsWith('-') || show === rule);

function rowsOf(name: string): Row[] {
  const lines = gunzipSync(readFileSync(join(corpora, `${name}.jsonl.gz`)))
    .toString('utf8')
    .split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}

const find = (text: string) => {
  const view = createView(text);
  return [piiDetector, namesDetector].flatMap((each) => each.inspect(view, context)).filter((f) => f.score >= least);
};
const percent = (part: number, whole: number): string => (whole === 0 ? '-' : ((100 * part) / whole).toFixed(1));
const around = (text: string, { start, end }: Span): string =>
  JSON.stringify(
    `${text.slice(Math.max(0, start - 40), start)}[${text.slice(start, end)}]${text.slice(end, end + 30)}`,
  );

/** Spans of the corpus count code points, as Python does. */
function plantedIn({ text, spans = [] }: Row): Span[] {
  const offsets: number[] = [];
  for (let i = 0; i < text.length; i += text.codePointAt(i)! > 0xffff ? 2 : 1) offsets.push(i);
  offsets.push(text.length);
  return spans.map(({ type, start, end }) => ({
    rule: KINDS[type] ?? type,
    start: offsets[start] ?? 0,
    end: offsets[end] ?? 0,
  }));
}

const overlaps = (one: Span, other: Span): boolean => one.start < other.end && other.start < one.end;
const isSame = (one: Span, other: Span): boolean => one.start === other.start && one.end === other.end;
const isKind = (planted: string, found: string): boolean => (ALIKE[found] ?? [found]).includes(planted);

interface Tally {
  planted: number;
  /** Planted spans that a finding of the kind overlaps, covers whole, or has the same borders as. */
  hit: number;
  covered: number;
  exact: number;
  found: number;
  right: number;
}

function evaluatePlanted(): void {
  const tallies = new Map<string, Tally>();
  const tallyOf = (rule: string): Tally => {
    const entry = tallies.get(rule) ?? { planted: 0, hit: 0, covered: 0, exact: 0, found: 0, right: 0 };
    tallies.set(rule, entry);
    return entry;
  };
  const rows = rowsOf(PLANTED);
  for (const row of rows) {
    const found = find(row.text);
    const spans = plantedIn(row);
    for (const span of spans) {
      const entry = tallyOf(span.rule);
      const mine = found.filter((f) => isKind(span.rule, f.rule) && overlaps(f, span));
      entry.planted++;
      if (mine.length > 0) entry.hit++;
      else if (isShown(span.rule)) console.log('missed', span.rule, around(row.text, span));
      if (mine.some((f) => f.start <= span.start && f.end >= span.end)) entry.covered++;
      if (mine.some((f) => isSame(f, span))) entry.exact++;
    }
    for (const f of found) {
      const entry = tallyOf(f.rule);
      entry.found++;
      if (spans.some((span) => isKind(span.rule, f.rule) && overlaps(f, span))) entry.right++;
      else if (isShown(f.rule)) console.log('false', f.rule, f.score, around(row.text, f));
    }
  }
  console.log(`${PLANTED}: ${rows.length} texts, in percent; recall and precision by overlap`);
  console.log('kind                planted  found  recall  precision     F1  covered  exact');
  for (const [rule, { planted, hit, covered, exact, found, right }] of [...tallies].sort()) {
    if (!rule.startsWith('pii.')) continue;
    const [recall, precision] = [hit / planted, right / found];
    const f1 = planted === 0 || right === 0 ? '-' : ((200 * recall * precision) / (recall + precision)).toFixed(1);
    const cells = [
      String(planted).padStart(7),
      String(found).padStart(6),
      percent(hit, planted).padStart(7),
      percent(right, found).padStart(10),
      f1.padStart(6),
      percent(covered, planted).padStart(8),
      percent(exact, planted).padStart(6),
    ];
    console.log(rule.padEnd(19), ...cells);
  }
}

/** Findings for each thousand texts that were not made to hold any: an upper bound of false alarms, as some are real. */
function evaluateBenign(): void {
  const counts = BENIGN.map((name) => {
    const rows = rowsOf(name);
    const rules = new Map<string, number>();
    for (const { text } of rows) {
      for (const f of find(text)) {
        rules.set(f.rule, (rules.get(f.rule) ?? 0) + 1);
        if (isShown(f.rule)) console.log(name, f.rule, f.score, around(text, f));
      }
    }
    return { name, texts: rows.length, rules };
  });
  const rules = [...new Set(counts.flatMap((each) => [...each.rules.keys()]))].sort();
  console.log('\nfindings per 1000 texts');
  console.log('source'.padEnd(28), 'texts', ...rules.map((rule) => rule.slice(4).padStart(12)));
  for (const { name, texts, rules: own } of counts) {
    const cells = rules.map((rule) => (((own.get(rule) ?? 0) * 1000) / texts).toFixed(1).padStart(12));
    console.log(name.padEnd(28), String(texts).padStart(5), ...cells);
  }
}

if (!existsSync(corpora)) {
  console.log(
    '../shared/data/prompts is not here: the corpora are kept apart from the repository; nothing was measured.',
  );
} else {
  evaluatePlanted();
  evaluateBenign();
}

// Precision and recall of the PII detector for each kind, on the development corpora (which stay outside the repository).
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createView, piiDetector, type DetectContext } from '../src/detect/index.ts';

const corpora = resolve(import.meta.dirname, '../../shared/data/prompts');
const PLANTED = 'presidio_pii_generated_large.jsonl.gz';

interface Row {
  readonly text: string;
  readonly label: string;
  readonly spans?: readonly { type: string; start: number; end: number }[];
}

/** What the corpus calls the kinds that we look for. */
const KINDS: Readonly<Record<string, string>> = {
  CREDIT_CARD: 'pii.card',
  IBAN_CODE: 'pii.iban',
  EMAIL_ADDRESS: 'pii.email',
  PHONE_NUMBER: 'pii.phone',
  US_SSN: 'pii.us_ssn',
  IP_ADDRESS: 'pii.ip',
  US_DRIVER_LICENSE: 'pii.driver_license',
};

const context: DetectContext = {
  direction: 'input',
  channel: 'user',
  systemPrompts: [],
  canaries: [],
  knownHosts: new Set(),
};

function rowsOf(file: string): Row[] {
  const lines = gunzipSync(readFileSync(join(corpora, file)))
    .toString('utf8')
    .split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}

/** The corpus knows dates only, not whose birth they are. */
const isSameKind = (planted: string, found: string): boolean =>
  planted === found || (planted === 'DATE_TIME' && found === 'pii.birth_date');

const find = (text: string) => piiDetector.inspect(createView(text), context);
const percent = (part: number, whole: number): string => (whole === 0 ? '-' : ((100 * part) / whole).toFixed(1));

function evaluatePlanted(show: boolean): void {
  const tally = new Map<string, { planted: number; hit: number; found: number; right: number }>();
  const count = (rule: string) => {
    const entry = tally.get(rule) ?? { planted: 0, hit: 0, found: 0, right: 0 };
    tally.set(rule, entry);
    return entry;
  };
  for (const row of rowsOf(PLANTED)) {
    // Spans of the corpus count code points, as Python does.
    const offsets: number[] = [];
    for (let i = 0; i < row.text.length; i += row.text.codePointAt(i)! > 0xffff ? 2 : 1) offsets.push(i);
    offsets.push(row.text.length);
    const found = find(row.text);
    const spans = (row.spans ?? []).map((span) => ({
      rule: KINDS[span.type] ?? span.type,
      start: offsets[span.start] ?? 0,
      end: offsets[span.end] ?? 0,
    }));
    for (const span of spans) {
      const entry = count(span.rule);
      entry.planted++;
      if (found.some((f) => f.rule === span.rule && f.start <= span.start && f.end >= span.end)) entry.hit++;
      else if (show && span.rule.startsWith('pii.')) console.log('missed', span.rule, JSON.stringify(row.text));
    }
    for (const f of found) {
      const entry = count(f.rule);
      entry.found++;
      if (spans.some((span) => isSameKind(span.rule, f.rule) && span.start < f.end && f.start < span.end))
        entry.right++;
      else if (show)
        console.log('false', f.rule, JSON.stringify(row.text.slice(Math.max(0, f.start - 30), f.end + 10)));
    }
  }
  console.log(`${PLANTED}\nkind                     planted  recall %  found  precision %`);
  for (const [rule, { planted, hit, found, right }] of [...tally].sort()) {
    if (!rule.startsWith('pii.')) continue;
    const cells = [String(planted).padStart(7), percent(hit, planted).padStart(9), String(found).padStart(6)];
    console.log(rule.padEnd(24), ...cells, percent(right, found).padStart(12));
  }
}

/** Findings in texts that were not made to hold any: an upper bound of false alarms, as some are real. */
function evaluateOrdinary(show: boolean): void {
  const files = readdirSync(corpora).filter((name) => name.endsWith('.gz') && !/presidio|secrets/.test(name));
  const counts = new Map<string, number>();
  let texts = 0;
  for (const file of files) {
    for (const row of rowsOf(file)) {
      texts++;
      for (const f of find(row.text)) {
        const key = `${f.rule} ${f.severity}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        if (show)
          console.log(file, f.rule, f.score, JSON.stringify(row.text.slice(Math.max(0, f.start - 30), f.end + 10)));
      }
    }
  }
  console.log(`\n${texts} ordinary and hostile texts: findings`);
  for (const [key, count] of [...counts].sort()) console.log(key.padEnd(32), count);
}

if (!existsSync(corpora)) {
  console.log(
    '../shared/data/prompts is not here: the corpora are kept apart from the repository; nothing was measured.',
  );
} else {
  const show = process.argv.includes('--show');
  evaluatePlanted(show);
  evaluateOrdinary(show);
}

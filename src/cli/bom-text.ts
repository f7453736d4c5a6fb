// A bill of materials as a person reads it: what is known of the model, what nobody states, and what changed.
import type { Change, Completeness, ModelFacts } from '../attest/index.ts';
import { bytes } from './scan-text.ts';
import { paint, print, showText, tell } from './terminal.ts';

const MOST_SHOWN = 8;
const MOST_CHANGES = 200;

function some(values: readonly string[]): string {
  const unique = [...new Set(values)];
  const more = unique.length > MOST_SHOWN ? `, and ${unique.length - MOST_SHOWN} more` : '';
  return `${unique.slice(0, MOST_SHOWN).join(', ')}${more}`;
}

/** Tells what was found on standard error: the document is what standard output is for. */
export function tellFacts(facts: ModelFacts, { score, missing }: Completeness): void {
  const { single, licences, baseModels, datasets, metrics, libraries, files, unread, properties } = facts;
  const parameters = properties.find(({ name }) => name === 'ancile:parameters');
  const line = (label: string, value: string): void => {
    if (value !== '') tell(`  ${label.padEnd(12)}  ${showText(value)}`);
  };
  const heading = [single.name?.value, single.version?.value].filter((part) => part !== undefined).join(' ');
  tell(paint('bold', showText(heading), process.stderr));
  line('task', single.task?.value ?? '');
  line(
    'architecture',
    some([single.architecture?.value, single.architectureFamily?.value].filter((part) => part !== undefined)),
  );
  line('licence', some(licences.map(({ name }) => name)));
  line(
    'base models',
    some(baseModels.map(({ name, relation }) => `${name}${relation === undefined ? '' : ` (${relation})`}`)),
  );
  line('datasets', some(datasets.map(({ name }) => name)));
  line('metrics', metrics.length === 0 ? '' : String(metrics.length));
  line('libraries', some(libraries.map(({ name, version }) => `${name}${version === undefined ? '' : ` ${version}`}`)));
  line('parameters', parameters?.value ?? '');
  line('files', `${files.length}, ${bytes(files.reduce((sum, { size }) => sum + size, 0))}`);
  for (const { path, reason } of unread.slice(0, MOST_SHOWN)) {
    tell(`  ${paint('yellow', 'not read'.padEnd(12), process.stderr)}  ${showText(path)}: ${showText(reason)}`);
  }
  if (unread.length > MOST_SHOWN)
    tell(`  and ${unread.length - MOST_SHOWN} more that were not read (the document has them)`);
  tell(`  completeness  ${score} of 100${missing.length === 0 ? '' : `; nobody states: ${missing.join(', ')}`}`);
}

const MARKS = { added: ['+', 'green'], removed: ['-', 'red'], changed: ['~', 'yellow'] } as const;

const shorten = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 59)}…`);

export function printChanges(changes: readonly Change[]): void {
  if (changes.length === 0) return print('Nothing differs.');
  for (const { kind, change, name, from, to } of changes.slice(0, MOST_CHANGES)) {
    const [sign, style] = MARKS[change];
    const values = change === 'changed' ? `${shorten(from ?? '')} -> ${shorten(to ?? '')}` : shorten(to ?? from ?? '');
    print(`${paint(style, sign)} ${kind.padEnd(10)}  ${showText(name)}  ${paint('dim', showText(values))}`);
  }
  if (changes.length > MOST_CHANGES) print(`and ${changes.length - MOST_CHANGES} more (--json has them)`);
}

// The variables of a run: what the incident says, over what the playbook brings, under what its runner says.
import { AncileError } from '../../base/index.ts';
import type { Incident, Involved, Playbook } from '../../contract/index.ts';

const MEMBERS = [
  'principal',
  'session',
  'tenant',
  'route',
  'model',
  'server',
  'tool',
] as const satisfies readonly (keyof Involved)[];

/** Variables that an incident gives a value. */
export const FROM_INCIDENT: readonly string[] = [...MEMBERS, 'incident', 'title', 'severity'];

export interface RunVariables {
  readonly variables: Readonly<Record<string, string>>;
  /** What of the incident this run does not aim at, as sentences. */
  readonly notes: readonly string[];
}

/**
 * The value of each variable of a playbook; those nobody knows are empty.
 * @param given - by names without underscores
 * @throws AncileError `request_invalid` where one is missing that has to be said, or is said and not there
 */
export function toVariables(
  playbook: Playbook,
  incident: Incident,
  given: Readonly<Record<string, string>>,
): RunVariables {
  const known = playbook.playbook_variables ?? {};
  const notes: string[] = [];
  const found: Record<string, string> = { incident: incident.id, title: incident.title, severity: incident.severity };
  for (const member of MEMBERS.filter((each) => Object.hasOwn(known, `__${each}__`))) {
    const all = [...new Set(incident.involved.map((each) => each[member]).filter((value) => value !== undefined))];
    // Names come from callers too, and in a target a star covers everything.
    const plain = all.filter((value) => value !== '' && !value.includes('*'));
    if (plain.length < all.length) notes.push(`a ${member} with a star in its name is left out: say it with --set`);
    found[member] = plain[0] ?? '';
    if (plain.length > 1 && !Object.hasOwn(given, member)) {
      const others = plain.slice(1, 6).join(', ');
      notes.push(
        `this aims at ${member} ${plain[0]}; the incident is about others too: ${others}. Run it for them as well`,
      );
    }
  }
  const stray = Object.keys(given).find((name) => !Object.hasOwn(known, `__${name}__`));
  if (stray !== undefined) {
    throw new AncileError('request_invalid', 'the playbook has no such variable', { at: `variables.${stray}` });
  }
  const variables: Record<string, string> = {};
  for (const [name, { value, constant, external }] of Object.entries(known)) {
    const plain = name.slice(2, -2);
    const said = constant === true || !Object.hasOwn(given, plain) ? undefined : given[plain]!;
    const own = Object.hasOwn(found, plain) && found[plain] !== '' ? found[plain] : undefined;
    const result = said ?? (constant === true ? value : (own ?? value)) ?? undefined;
    if (result === undefined && external === true && !FROM_INCIDENT.includes(plain)) {
      throw new AncileError('request_invalid', 'the playbook needs to be told this', {
        at: `variables.${plain}`,
        hint: `Say it with --set ${plain}=VALUE.`,
      });
    }
    variables[name] = result ?? '';
  }
  return { variables, notes };
}

// What containment withholds of memories when they are read: the texts that those whom a `distrust` covers stored.
import { type Restraint, type Restraints, covers } from '../../access/index.ts';
import type { PolicyRef } from '../../contract/index.ts';
import { type IsWithheld, type MemoryScope, readWriter, writerLabel } from './memory-tags.ts';

const OF_WRITERS = ['principal', 'session', 'tool'] as const;

export interface Distrusted {
  /** The containment that withholds all of the memory, whoever stored it. */
  readonly whole: Restraint | undefined;
  /** Absent: nothing is withheld. */
  readonly isWithheld: IsWithheld | undefined;
  /** What the decision on the result says. */
  policies(withheld: number): PolicyRef[];
}

export function distrustOf(restraints: Restraints, scope: MemoryScope): Distrusted {
  const { tenant, server } = scope;
  const covering = restraints.list().filter(({ effect, target: { tenant: ofTenant, server: ofServer } }) => {
    const memory = { ...(ofTenant && { tenant: ofTenant }), ...(ofServer && { server: ofServer }) };
    return effect === 'distrust' && covers(memory, { tenant, server });
  });
  const whole = covering.find(({ target }) => OF_WRITERS.every((member) => target[member] === undefined));
  const wanted = covering.map(({ id, target }) => ({
    id,
    labels: OF_WRITERS.flatMap((member) => {
      const value = target[member];
      return value === undefined ? [] : [[member, writerLabel(scope, member, value)] as const];
    }),
  }));
  const met = new Set<string>();
  const isWithheld: IsWithheld = (writer) => {
    if (writer === undefined) return false;
    const labels = readWriter(writer);
    const found = wanted.find((each) => each.labels.every(([member, label]) => labels[member] === label));
    if (found !== undefined) met.add(found.id);
    return found !== undefined;
  };
  return {
    whole,
    isWithheld: covering.length === 0 ? undefined : isWithheld,
    policies(withheld) {
      const what = withheld === 1 ? 'a stored text was' : `${withheld} stored texts were`;
      return [...met].map((id) => ({ id: `containment.${id}`, action: 'redact', reason: `${what} withheld` }));
    },
  };
}

/** Where all of a memory is withheld. */
export function toWholeRefusal({ id }: Restraint): PolicyRef {
  return {
    id: `containment.${id}`,
    action: 'block',
    reason: 'this memory is withheld while an incident is looked into',
  };
}

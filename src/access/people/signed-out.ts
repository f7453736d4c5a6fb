// People whom containment keeps out: a freeze of `user:NAME` ends their sessions and lets them begin none.
import type { ContainmentTarget } from '../../contract/index.ts';
import type { Restraint, Restraints } from '../restraints.ts';
import { foldName } from './user-record.ts';

const PERSON = 'user:';

/** The name of the person whom a target names, as he may be known by; undefined where it names none. */
export function personOfTarget({ principal }: ContainmentTarget): string | undefined {
  return principal?.startsWith(PERSON) === true ? principal.slice(PERSON.length) : undefined;
}

/** Whether it keeps somebody out. Patterns name no person: nobody is locked out by a star. */
export function keepsOut({ effect, target }: Pick<Restraint, 'effect' | 'target'>, name: string): boolean {
  const named = effect === 'freeze' ? personOfTarget(target) : undefined;
  return named !== undefined && foldName(named) === foldName(name);
}

/** Whether somebody is kept out at the moment. */
export function isKeptOut(restraints: Restraints, name: string): boolean {
  return restraints.list().some((restraint) => keepsOut(restraint, name));
}

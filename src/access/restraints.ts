// What is contained at the moment. Asked for every request, so it is held in memory; written to the store, so that a
// restart lets nothing go. It takes effect before it is written: a disk that fails keeps nobody free.
import { z } from 'zod';
import { AncileError, type Clock, systemClock, toAncileError } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { ContainmentTarget } from '../contract/index.ts';
import { type Store, inStore } from '../store/index.ts';
import { matchPattern } from './pattern.ts';

/** Effects that whoever lets something pass asks for; what else contains is a state of its own (a key's, a model's). */
export const RestraintEffect = z.enum(['freeze', 'hold', 'divert', 'cap', 'ungrant', 'tighten', 'distrust', 'repoint']);
export type RestraintEffect = z.infer<typeof RestraintEffect>;

export const Restraint = z.object({
  /** Id of the containment. */
  id: z.string(),
  effect: RestraintEffect,
  target: ContainmentTarget,
  with: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  /** Milliseconds since the epoch, after which it covers nothing. */
  expires: z.number().optional(),
});
export type Restraint = z.infer<typeof Restraint>;

/** What is known of something under way or asked for: the members a target may name. */
export type Affected = { readonly [K in keyof ContainmentTarget]: ContainmentTarget[K] };

export interface Restraints {
  /** All that are in force, in the order in which they came. */
  list(): readonly Restraint[];
  /** The first of an effect that covers something. */
  find(effect: RestraintEffect, affected: Affected): Restraint | undefined;
  /** All of an effect that cover something. */
  findAll(effect: RestraintEffect, affected: Affected): readonly Restraint[];
  /** @throws AncileError `frozen` where a freeze covers it */
  checkFrozen(affected: Affected): void;
  /**
   * In force when this returns; what it covers and is under way has been cut by then.
   * @returns how much was cut, and a promise that settles when it would survive a restart
   */
  put(restraint: Restraint): { readonly cut: number; readonly kept: Promise<void> };
  /** Nothing is covered by it any more. @throws AncileError `store_fault`: it is in force still */
  remove(id: string): Promise<void>;
  /** @param listener - cuts what is covered, and says how much that was. Returns the function that unsubscribes. */
  onPut(listener: (restraint: Restraint) => number): () => void;
}

/** Members that callers spell as they like, and that upstreams and models take for the same: not what evades a freeze. */
const SPELT: ReadonlySet<keyof ContainmentTarget> = new Set(['model', 'tool']);
const fold = (name: string): string => name.normalize('NFKC').toLowerCase().trim();

/** Whether a target covers something: every member that it names is known of it, and matches (`*` is any run of characters). */
export function covers(target: ContainmentTarget, affected: Affected): boolean {
  for (const name of Object.keys(target) as (keyof ContainmentTarget)[]) {
    const wanted = target[name];
    if (wanted === undefined) continue;
    const known = affected[name];
    if (known === undefined) return false;
    if (!(SPELT.has(name) ? matchPattern(fold(wanted), fold(known)) : matchPattern(wanted, known))) return false;
  }
  return true;
}

/** Whether a restraint covers something: its target does, and it is not to an upstream that `with.except` leaves open. */
export function restrains({ target, with: values }: Pick<Restraint, 'target' | 'with'>, affected: Affected): boolean {
  if (!covers(target, affected)) return false;
  const except = values?.['except'];
  const { upstream } = affected;
  if (typeof except !== 'string' || upstream === undefined) return true;
  return !except.split(',').some((name) => name.trim() === upstream);
}

/** What its client is told of something that is frozen. */
export function toFrozen(): AncileError {
  return new AncileError('frozen', 'this is stopped while an incident is looked into', {
    hint: 'Whoever runs the gateway can say more, and lets it go on.',
  });
}

/** Where restraints outlast the process. */
interface Keep {
  readonly write: (restraint: Restraint) => Promise<unknown>;
  readonly erase: (id: string) => Promise<unknown>;
}

export interface RestraintsOptions {
  readonly clock?: Clock;
  readonly known?: readonly Restraint[];
  readonly keep?: Keep;
}

/** Restraints that live as long as the process, unless they are kept somewhere. */
export function createRestraints({ clock = systemClock, known = [], keep }: RestraintsOptions = {}): Restraints {
  const inForce = new Map(known.map((restraint) => [restraint.id, restraint]));
  const listeners = new Set<(restraint: Restraint) => number>();
  // One write after the other: a restraint that is lifted at once must not be written after it was removed.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn(write: () => Promise<unknown> | undefined): Promise<void> {
    const done = last.then(() => inStore('writing what is contained', async () => void (await write())));
    last = done.catch(() => undefined);
    return done;
  }
  const isOver = ({ expires }: Restraint): boolean => expires !== undefined && expires <= clock();
  const isMet = (each: Restraint, effect: RestraintEffect, affected: Affected): boolean =>
    each.effect === effect && !isOver(each) && restrains(each, affected);

  function findAll(effect: RestraintEffect, affected: Affected): Restraint[] {
    // Nearly always there is none, and it is asked several times a request.
    return inForce.size === 0 ? [] : [...inForce.values()].filter((each) => isMet(each, effect, affected));
  }

  return {
    list: () => [...inForce.values()].filter((each) => !isOver(each)),
    find: (effect, affected) => findAll(effect, affected)[0],
    findAll,
    checkFrozen(affected) {
      if (findAll('freeze', affected).length > 0) throw toFrozen();
    },
    put(restraint) {
      inForce.set(restraint.id, restraint);
      let cut = 0;
      const faults: unknown[] = [];
      for (const listener of listeners) {
        try {
          cut += listener(restraint);
        } catch (thrown) {
          // One listener's fault must not keep the others from cutting.
          faults.push(thrown);
        }
      }
      const kept = inTurn(() => keep?.write(restraint)).then(() => {
        if (faults.length > 0) throw toAncileError(faults[0]);
      });
      // Whoever does not wait for it must not bring the process down.
      kept.catch(() => undefined);
      return { cut, kept };
    },
    async remove(id) {
      // The other way round than its beginning: a disk that fails lets nobody go.
      await inTurn(() => keep?.erase(id));
      inForce.delete(id);
    },
    onPut(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The restraints of a data folder. @throws AncileError `store_fault` */
export async function openRestraints({ db }: Store, clock: Clock = systemClock): Promise<Restraints> {
  const rows = await inStore('reading what is contained', () =>
    db.selectFrom('restraints').select('info').orderBy('since').orderBy('id').execute(),
  );
  const read = { code: 'store_fault', what: 'a restraint of the store' } as const;
  return createRestraints({
    clock,
    known: rows.map(({ info }) => Restraint.parse(parseJson(info, read))),
    keep: {
      write(restraint) {
        const { id } = restraint;
        const info = JSON.stringify(restraint);
        return db
          .insertInto('restraints')
          .values({ id, since: clock(), info })
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ info }))
          .execute();
      },
      erase: (id) => db.deleteFrom('restraints').where('id', '=', id).execute(),
    },
  });
}

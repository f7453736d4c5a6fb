// Containment: asked for, in force before the answer, on record with the time that took, undone by its inverse or by its
// own end. What is dangerous may need a second person's yes.
import { performance } from 'node:perf_hooks';
import { AncileError, type Clock, newId, systemClock, toAncileError } from '../base/index.ts';
import type {
  BlastRadius,
  Containment,
  ContainmentAction,
  ContainmentState,
  ContainmentTarget,
  RecordBody,
} from '../contract/index.ts';
import { type ActionParts, CONTAINMENTS, isRestraint } from './actions.ts';
import type { ContainmentRows } from './containment-rows.ts';
import { type RadiusParts, measureRadius } from './radius.ts';

export interface ContainmentRequest {
  readonly action: ContainmentAction;
  readonly target: ContainmentTarget;
  readonly with?: Containment['with'] | undefined;
  readonly reason: string;
  readonly incident?: string | undefined;
  readonly expires?: string | undefined;
}

export interface ContainmentDesk {
  /** What it would cover; nothing is done. @throws AncileError as `contain` */
  preview(request: Pick<ContainmentRequest, 'action' | 'target' | 'with'>): Promise<BlastRadius>;
  /**
   * Puts it in force before it answers, or notes that it waits for a second person.
   * @throws AncileError `request_invalid`, `not_found`, `conflict`; `ledger_fault`, `store_fault`: it is in force all the same
   */
  contain(request: ContainmentRequest, actor: string): Promise<Containment>;
  /** @throws AncileError `forbidden` for the one who asked, `conflict` where it does not wait for a yes */
  confirm(id: string, verdict: 'approve' | 'deny', actor: string): Promise<Containment>;
  /** @throws AncileError `not_found`, `conflict` where it is not in force */
  lift(id: string, reason: string, actor: string): Promise<Containment>;
  list(query: { readonly live: boolean; readonly incident?: string | undefined }): Promise<Containment[]>;
  /** Brings what is in force and what is written of it level again, after a process that ended in between. */
  recall(): Promise<void>;
  /** Ends what has run out. A timer calls it; calling it early does no harm. */
  sweep(): Promise<void>;
}

export interface ContainmentParts extends ActionParts, RadiusParts {
  readonly rows: ContainmentRows;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  /** Actions that need a second person. */
  readonly twoPersons: () => readonly ContainmentAction[];
  readonly clock?: Clock;
}

function check(parts: ContainmentParts, request: Pick<ContainmentRequest, 'action' | 'target' | 'with'>): void {
  const { needs, only, check: own } = CONTAINMENTS[request.action];
  const named = Object.keys(request.target) as (keyof ContainmentTarget)[];
  const missing = needs.find((name) => request.target[name] === undefined);
  if (missing !== undefined) {
    throw new AncileError('request_invalid', `${request.action} needs a ${missing} to aim at`, {
      at: `target.${missing}`,
    });
  }
  const idle = named.find((name) => only?.includes(name) === false);
  if (idle !== undefined) {
    throw new AncileError('request_invalid', `${request.action} does not go by ${idle}`, { at: `target.${idle}` });
  }
  own?.(
    parts,
    request.with === undefined ? { target: request.target } : { target: request.target, with: request.with },
  );
}

export function createContainmentDesk(parts: ContainmentParts): ContainmentDesk {
  const { rows, append, twoPersons, clock = systemClock } = parts;
  const now = (): string => new Date(clock()).toISOString();
  const turns = new Map<string, Promise<unknown>>();
  /** What is said about one containment counts in the order in which it came. */
  function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const done = (turns.get(id) ?? Promise.resolve()).then(work, work);
    const kept = done.catch(() => undefined);
    turns.set(id, kept);
    void kept.then(() => {
      if (turns.get(id) === kept) turns.delete(id);
    });
    return done;
  }
  /** Ends that are on record and could not be brought about yet. */
  const told = new Set<string>();

  async function record(containment: Containment, outcome: ContainmentState, actor: string) {
    const { id, action, target, reason, incident, expires, with: values, cut, effectMs } = containment;
    await append({
      kind: 'containment',
      containment: id,
      action,
      target,
      outcome,
      actor,
      reason,
      ...(incident === undefined ? {} : { incident }),
      ...(expires === undefined ? {} : { expires }),
      ...(values === undefined ? {} : { with: values }),
      ...(outcome !== 'effective' || cut === undefined ? {} : { cut }),
      ...(outcome !== 'effective' || effectMs === undefined ? {} : { effectMs }),
    });
  }

  async function put(containment: Containment, actor: string): Promise<Containment> {
    const from = performance.now();
    const { cut, before, kept } = await CONTAINMENTS[containment.action].apply(parts, containment);
    const effective: Containment = {
      ...containment,
      state: 'effective',
      effective: now(),
      cut,
      effectMs: Math.round((performance.now() - from) * 1000) / 1000,
      ...(before === undefined ? {} : { before }),
    };
    // In force by now, whatever becomes of disks.
    const written = await Promise.allSettled([kept, record(effective, 'effective', actor), rows.put(effective)]);
    const failed = written.find((each) => each.status === 'rejected');
    if (failed === undefined) return effective;
    const { code, message } = toAncileError(failed.reason);
    throw new AncileError(code, `${effective.id} is in force, and could not be written down: ${message}`, {
      hint: 'What could not be written may be gone after a restart: make room, and do it again.',
      cause: failed.reason,
    });
  }

  async function mustGet(id: string, states: readonly Containment['state'][]): Promise<Containment> {
    const containment = await rows.get(id);
    if (containment === undefined) throw new AncileError('not_found', 'there is no such containment', { at: 'id' });
    if (states.includes(containment.state)) return containment;
    throw new AncileError('conflict', `it is ${containment.state}`, { at: 'id' });
  }

  async function end(containment: Containment, state: 'lifted' | 'expired', actor: string, reason: string) {
    const ended: Containment = { ...containment, state, ended: now(), endedBy: actor };
    // Nothing passes again that is not on record; and what is tried every second is there once.
    if (!told.has(containment.id)) {
      await record({ ...ended, reason: reason === '' ? containment.reason : reason }, state, actor);
      told.add(containment.id);
    }
    await CONTAINMENTS[containment.action].undo(parts, { ...containment, actor });
    await rows.put(ended);
    told.delete(containment.id);
    return ended;
  }

  async function confirm(id: string, verdict: 'approve' | 'deny', actor: string): Promise<Containment> {
    const containment = await mustGet(id, ['asked']);
    if (containment.actor === actor) {
      throw new AncileError('forbidden', 'the second yes is another person’s than the first', { at: 'id' });
    }
    if (verdict === 'approve') return put({ ...containment, second: actor }, actor);
    const refused: Containment = { ...containment, state: 'refused', ended: now(), endedBy: actor };
    await record(refused, 'refused', actor);
    await rows.put(refused);
    return refused;
  }

  return {
    async preview(request) {
      check(parts, request);
      return measureRadius(parts, request, twoPersons().includes(request.action));
    },
    async contain(request, actor) {
      check(parts, request);
      const { action, target, with: values, reason, incident, expires } = request;
      if (expires !== undefined && Date.parse(expires) <= clock()) {
        throw new AncileError('request_invalid', 'it would have ended already', { at: 'expires' });
      }
      const containment: Containment = {
        id: newId('con', clock()),
        action,
        target,
        state: 'asked',
        reason,
        actor,
        asked: now(),
        ...(values === undefined ? {} : { with: values }),
        ...(incident === undefined ? {} : { incident }),
        ...(expires === undefined ? {} : { expires }),
      };
      if (!twoPersons().includes(action)) return put(containment, actor);
      await record(containment, 'asked', actor);
      await rows.put(containment);
      return containment;
    },
    confirm: (id, verdict, actor) => inTurn(id, () => confirm(id, verdict, actor)),
    lift: (id, reason, actor) => inTurn(id, async () => end(await mustGet(id, ['effective']), 'lifted', actor, reason)),
    list: (query) => rows.list(query),
    async recall() {
      const inForce = new Map(parts.restraints.list().map((restraint) => [restraint.id, restraint]));
      for (const { id, effect, target, with: values, expires } of inForce.values()) {
        const known = await rows.get(id);
        if (known?.state === 'effective') continue;
        // In force, and nothing says so: it could not be lifted.
        const found: Containment = {
          id,
          action: effect,
          target,
          reason: 'found in force: the process ended before it was written down',
          actor: 'program',
          asked: now(),
          ...(values === undefined ? {} : { with: values }),
          ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }),
          ...known,
          state: 'effective',
          effective: now(),
        };
        await record(found, 'effective', 'program');
        await rows.put(found);
      }
      for (const known of await rows.list({ live: true })) {
        const { id, action, state, expires } = known;
        if (state !== 'effective' || inForce.has(id) || !isRestraint(known)) continue;
        if (expires !== undefined && Date.parse(expires) <= clock()) continue;
        // Written down, and not in force: what was to be stopped is stopped, until somebody lifts it.
        await (
          await CONTAINMENTS[action].apply(parts, known)
        ).kept;
      }
    },
    async sweep() {
      const faults: unknown[] = [];
      for (const containment of await rows.list({ live: true })) {
        const { id, expires } = containment;
        if (expires === undefined || Date.parse(expires) > clock() || containment.state !== 'effective') continue;
        try {
          await inTurn(id, async () => {
            const known = await rows.get(id);
            if (known?.state === 'effective') await end(known, 'expired', 'program', 'its time was over');
          });
        } catch (thrown) {
          // One that cannot end must not keep the others from it.
          faults.push(thrown);
        }
      }
      if (faults.length > 0) throw toAncileError(faults[0]);
    },
  };
}

// The approval book: what is held waits here for a person, whose yes holds once, for exactly that, for a time. The
// present state is in memory, so that between asking and taking nothing can come; the store carries it over a restart,
// and every change is a record first.
import { AncileError, type Clock, newId, systemClock } from '../base/index.ts';
import type { Approval, ApprovalState, Config, HeldText, RecordBody, Verdict } from '../contract/index.ts';
import type { Seal } from '../keys/index.ts';
import type { Store } from '../store/index.ts';
import { type HeldContent, heldContentText } from './approval-digest.ts';
import { type ApprovalQuery, createApprovalRows } from './approval-rows.ts';

/** What waits at most: beyond it a hold is a plain denial, so that nobody can bury an approver in questions. */
const PENDING_MOST = 500;
const PENDING_OF_ONE = 20;
/** Requests of one principal that wait at once, whatever for: each takes a place in the gateway. */
const WAITING_OF_ONE = 20;
/** Held things in memory, decided ones that are still good included. */
const LIVE_MOST = 10_000;
const FINDINGS_MOST = 200;
const NOTE_MOST = 1000;
/** Ended ones are listed for so long; the ledger keeps them for good. */
const KEPT_MS = 30 * 86_400_000;
const PRUNE_MS = 3_600_000;
/** The longest that a Node timer can wait. */
const MAX_DELAY = 2 ** 31 - 1;

export interface HoldRequest extends Pick<
  Approval,
  'direction' | 'exchange' | 'digest' | 'findings' | 'policies' | 'call'
> {
  readonly texts: readonly HeldText[];
}

export interface ApprovalBook {
  /** The keyed digest that an approval of this content is bound to. */
  digest(content: HeldContent): string;
  /**
   * Asks for a yes. Of one digest there is one approval: asked again while it is pending, approved or (until its time
   * is up) denied, the same is returned.
   * @returns undefined where too much waits already: the hold is a plain denial then
   * @throws AncileError `ledger_fault`, `store_fault`: nothing is held
   */
  request(hold: HoldRequest): Promise<Approval | undefined>;
  /**
   * The state once it is no longer pending; the present one after `ms` milliseconds, when `signal` aborts, or when the
   * book closes; the present one at once where too many of its principal wait already.
   * @throws AncileError `not_found`
   */
  wait(id: string, ms: number, signal?: AbortSignal): Promise<ApprovalState>;
  /**
   * Uses up the yes there is for a digest: given to one caller, once. It is on record when this resolves.
   * @returns undefined where there is no approved one whose time has not passed
   * @throws AncileError `ledger_fault`, `store_fault`: nothing may pass; the yes may be used up all the same
   */
  take(digest: string): Promise<Approval | undefined>;
  /**
   * Yes or no, once.
   * @throws AncileError `not_found`, `conflict` where it is no longer pending, `forbidden` for the requester himself
   */
  decide(id: string, verdict: Verdict, actor: string, note?: string): Promise<Approval>;
  /** Newest first. */
  list(query: ApprovalQuery): Promise<Approval[]>;
  get(id: string): Promise<Approval | undefined>;
  /** The held texts while it is pending; none later. @throws AncileError `store_fault` */
  readTexts(id: string): Promise<HeldText[]>;
  /** Ends those whose time is up. A timer calls it; calling it early does no harm. */
  sweep(): Promise<void>;
  /** Stops the timer, and lets go whoever waits. What is pending stays so, for the next start. */
  close(): void;
}

export interface ApprovalParts {
  readonly store: Store;
  /** Resolves when the record is durable. */
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly keyedDigest: (content: string) => string;
  /** `keys.sealFor('approvals')` */
  readonly seal: Seal;
  readonly settings: () => Pick<Config['approvals'], 'expires'>;
  /** Told of each pending one, when it is on record, and again at start of those that still are. */
  readonly notify?: (approval: Approval) => void;
  readonly onFault: (fault: unknown) => void;
  readonly clock?: Clock;
}

interface Held {
  approval: Approval;
  /** Its record and row are there. */
  ready: Promise<unknown>;
  /** A change of it is being written: no other may begin. */
  busy: boolean;
  readonly expires: number;
  readonly waiters: Set<() => void>;
}

const foldName = (name: string): string => name.normalize('NFKC').toLowerCase();

/** Whether who decides is who asked: the key itself, or the person whose key it is by name. */
function isRequester({ exchange: { principal } }: Approval, actor: string): boolean {
  return actor === principal.id || (principal.kind === 'person' && foldName(principal.name) === foldName(actor));
}

function toRecord(approval: Approval): Extract<RecordBody, { kind: 'approval' }> {
  const { id, state, direction, exchange, digest, decided } = approval;
  const byPerson = state === 'approved' || state === 'denied';
  return {
    kind: 'approval',
    approval: id,
    state,
    direction,
    exchange: exchange.id,
    principal: exchange.principal.id,
    digest,
    ...(byPerson && decided !== undefined ? { actor: decided.actor } : {}),
    ...(byPerson && decided?.note !== undefined ? { note: decided.note } : {}),
  };
}

/** Opens the book with what the store carries over, less what has expired meanwhile. */
export async function createApprovalBook(parts: ApprovalParts): Promise<ApprovalBook> {
  const { store, append, keyedDigest, seal, settings, onFault, clock = systemClock } = parts;
  const rows = createApprovalRows(store, seal);
  const byId = new Map<string, Held>();
  const byDigest = new Map<string, Held>();
  let timer: NodeJS.Timeout | undefined;
  let pruned = 0;
  let closed = false;

  function hold(approval: Approval, ready: Promise<unknown>): Held {
    const expires = Date.parse(approval.expires);
    const held: Held = { approval, ready, busy: false, expires, waiters: new Set() };
    byId.set(approval.id, held);
    byDigest.set(approval.digest, held);
    return held;
  }

  function drop(held: Held): void {
    byId.delete(held.approval.id);
    if (byDigest.get(held.approval.digest) === held) byDigest.delete(held.approval.digest);
  }

  /** Takes a new state into force and tells whoever waits for it. */
  function become(held: Held, approval: Approval): void {
    held.approval = approval;
    if (approval.state === 'used' || approval.state === 'expired') drop(held);
    for (const wake of [...held.waiters]) wake();
  }

  const isPast = (held: Held): boolean => held.expires <= clock();

  function tell(approval: Approval): void {
    try {
      parts.notify?.(approval);
    } catch (thrown) {
      onFault(thrown);
    }
  }

  function arm(): void {
    clearTimeout(timer);
    if (closed) return;
    let next = Infinity;
    for (const held of byId.values()) if (!held.busy) next = Math.min(next, held.expires);
    if (next === Infinity) return;
    const delay = Math.min(Math.max(next - clock(), 0) + 1, MAX_DELAY);
    timer = setTimeout(() => void sweep().catch(onFault), delay);
    timer.unref();
  }

  /** Void at once; that it is recorded comes after. What fails to be is found past its time at the next start. */
  async function expire(held: Held): Promise<void> {
    held.busy = true;
    const expired: Approval = { ...held.approval, state: 'expired' };
    become(held, expired);
    await held.ready;
    await append(toRecord(expired));
    await rows.update(expired);
  }

  async function sweep(): Promise<void> {
    const past = [...byId.values()].filter((held) => !held.busy && isPast(held));
    const ends = past.map((held) => (held.approval.state === 'denied' ? drop(held) : expire(held)));
    for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') onFault(end.reason);
    if (clock() - pruned >= PRUNE_MS) {
      pruned = clock();
      await rows.prune(clock() - KEPT_MS);
    }
    arm();
  }

  /** Whether one more of this principal may wait. */
  function hasRoom(principal: string): boolean {
    let pending = 0;
    let own = 0;
    for (const { approval } of byId.values()) {
      if (approval.state !== 'pending') continue;
      pending++;
      if (approval.exchange.principal.id === principal) own++;
    }
    return pending < PENDING_MOST && own < PENDING_OF_ONE && byId.size < LIVE_MOST;
  }

  /** Requests of a principal that wait for an answer. */
  function waitingOf(principal: string): number {
    let waiting = 0;
    for (const held of byId.values())
      if (held.approval.exchange.principal.id === principal) waiting += held.waiters.size;
    return waiting;
  }

  async function enter(approval: Approval, texts: readonly HeldText[]): Promise<void> {
    await append(toRecord(approval));
    await rows.insert(approval, texts);
  }

  for (const approval of await rows.live(clock())) hold(approval, Promise.resolve());
  await sweep();
  for (const { approval } of byId.values()) if (approval.state === 'pending') tell(approval);

  return {
    digest: (content) => keyedDigest(heldContentText(content)),

    async request({ texts, findings, policies, ...rest }) {
      const known = byDigest.get(rest.digest);
      if (known !== undefined && !isPast(known)) {
        await known.ready;
        return known.approval;
      }
      if (closed || !hasRoom(rest.exchange.principal.id)) return undefined;
      const now = clock();
      const approval: Approval = {
        ...rest,
        id: newId('ap', now),
        state: 'pending',
        findings: findings.slice(0, FINDINGS_MOST),
        policies: [...policies],
        requested: new Date(now).toISOString(),
        expires: new Date(now + settings().expires).toISOString(),
      };
      const held = hold(approval, enter(approval, texts));
      try {
        await held.ready;
      } catch (thrown) {
        drop(held);
        throw thrown;
      }
      arm();
      tell(approval);
      return held.approval;
    },

    async wait(id, ms, signal) {
      const held = byId.get(id);
      if (held === undefined) {
        const ended = await rows.get(id);
        if (ended === undefined) throw new AncileError('not_found', 'there is no such approval', { at: 'id' });
        return ended.state;
      }
      if (held.approval.state !== 'pending' || closed || signal?.aborted === true) return held.approval.state;
      if (waitingOf(held.approval.exchange.principal.id) >= WAITING_OF_ONE) return held.approval.state;
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(patience);
          signal?.removeEventListener('abort', done);
          held.waiters.delete(done);
          resolve(held.approval.state);
        };
        const patience = setTimeout(done, Math.min(ms, MAX_DELAY));
        signal?.addEventListener('abort', done);
        held.waiters.add(done);
      });
    },

    async take(digest) {
      const held = byDigest.get(digest);
      if (held === undefined || held.busy || held.approval.state !== 'approved' || isPast(held)) return undefined;
      // Claimed before anything is awaited: nobody else gets past the line above.
      held.busy = true;
      const used: Approval = { ...held.approval, state: 'used' };
      try {
        // Used up first and recorded second: whatever fails between, it is not used twice.
        await rows.update(used);
      } catch (thrown) {
        held.busy = false;
        arm();
        throw thrown;
      }
      become(held, used);
      await append(toRecord(used));
      return used;
    },

    async decide(id, verdict, actor, note) {
      const held = byId.get(id);
      const ended = held === undefined ? await rows.get(id) : undefined;
      if (held === undefined && ended === undefined) {
        throw new AncileError('not_found', 'there is no such approval', { at: 'id' });
      }
      await held?.ready;
      const state = held?.approval.state ?? ended!.state;
      if (held === undefined || state !== 'pending' || held.busy || isPast(held)) {
        const why = state !== 'pending' ? `it is ${state}` : held?.busy === true ? 'it is being decided' : 'it expired';
        throw new AncileError('conflict', `there is nothing to decide: ${why}`, { at: 'id' });
      }
      if (isRequester(held.approval, actor)) {
        throw new AncileError('forbidden', 'whoever asks for an approval does not give it', {
          hint: 'Let somebody else decide.',
        });
      }
      held.busy = true;
      const decided = {
        time: new Date(clock()).toISOString(),
        actor,
        ...(note === undefined || note === '' ? {} : { note: note.slice(0, NOTE_MOST) }),
      };
      const next: Approval = { ...held.approval, state: verdict === 'approve' ? 'approved' : 'denied', decided };
      try {
        await append(toRecord(next));
        await rows.update(next);
        become(held, next);
      } finally {
        held.busy = false;
        arm();
      }
      return next;
    },

    list: (query) => rows.list(query),
    get: async (id) => byId.get(id)?.approval ?? rows.get(id),
    readTexts: (id) => rows.texts(id),
    sweep,
    close() {
      closed = true;
      clearTimeout(timer);
      for (const held of byId.values()) for (const wake of [...held.waiters]) wake();
    },
  };
}

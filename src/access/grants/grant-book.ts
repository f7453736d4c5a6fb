// The grant book: calls like one that a person has approved pass without asking again, within the terms he set. In memory, so
// that a use is counted before anything is awaited; the store carries it over a restart.
import { AncileError, type Clock, newId, systemClock } from '../../base/index.ts';
import {
  type Approval,
  type ContainmentTarget,
  type GrantTerms,
  type HeldCall,
  type RecordBody,
  type ToolGrant,
  type ToolRuling,
  mayVary,
} from '../../contract/index.ts';
import type { Store } from '../../store/index.ts';
import { restrainsTool } from '../restrained-tool.ts';
import { type Affected, type Restraint, type Restraints, createRestraints, restrains } from '../restraints.ts';
import { createGrantRows } from './grant-rows.ts';
import { describeCall, grantedArguments, isLike } from './held-call.ts';

const LIVE_MOST = 2000;
const OF_ONE_MOST = 100;
/** Ended ones are listed for so long, milliseconds. */
const KEPT_MS = 30 * 86_400_000;

/** A call that policy holds. */
export interface GrantAsk {
  readonly principal: string;
  readonly tenant: string;
  /** Keyed label, as exchanges have it. */
  readonly session: string;
  readonly ruling: ToolRuling;
  readonly arguments: unknown;
}

export interface GrantBook {
  /**
   * Refuses terms that cannot be granted.
   * @throws AncileError `request_invalid`, `conflict`
   */
  check(approval: Approval, terms: GrantTerms): HeldCall;
  /** Makes a grant of an approval that was given. @throws AncileError as `check`; `ledger_fault`, `store_fault` */
  make(approval: Approval, terms: GrantTerms, actor: string, note?: string): Promise<ToolGrant>;
  /** Uses a grant up by one where there is one for a call. @returns its id */
  take(ask: GrantAsk): string | undefined;
  /** Resolves when the uses so far are stored: before that no such call may go. @throws AncileError `store_fault` */
  settled(): Promise<void>;
  /** Newest first. @param all - those that have ended as well */
  list(all: boolean): ToolGrant[];
  /** Those that could be used and are of a target: what an `ungrant` ends. */
  coveredBy(target: ContainmentTarget): ToolGrant[];
  /** @throws AncileError `not_found`, `conflict` where it has ended */
  revoke(id: string, actor: string, note?: string): Promise<ToolGrant>;
}

export interface GrantParts {
  readonly store: Store;
  readonly append: (body: RecordBody) => Promise<unknown>;
  readonly keyedDigest: (text: string) => string;
  /** While an `ungrant` of them covers a call, no grant lets it through. */
  readonly restraints?: Restraints;
  readonly clock?: Clock;
}

interface Entry {
  grant: ToolGrant;
  /** How often it may still be used; none where a use could not be stored. */
  left: number;
}

type GrantRecord = Extract<RecordBody, { kind: 'grant' }>;

/** Opens the book with what the store carries over. @throws AncileError `store_fault` */
export async function openGrantBook({
  store,
  append,
  keyedDigest,
  clock = systemClock,
  restraints = createRestraints({ clock }),
}: GrantParts): Promise<GrantBook> {
  const rows = createGrantRows(store);
  await rows.prune(clock() - KEPT_MS);
  const entries = new Map<string, Entry>();
  for (const grant of await rows.all()) entries.set(grant.id, { grant, left: grant.uses - grant.used });
  let writing: Promise<void> = Promise.resolve();

  const isLive = ({ grant, left }: Entry): boolean =>
    left > 0 && grant.revoked === undefined && Date.parse(grant.expires) > clock();

  const affectedBy = ({ principal, session }: ToolGrant): Affected => ({
    principal: principal.id,
    ...(principal.tenant === undefined ? {} : { tenant: principal.tenant }),
    ...(session === undefined ? {} : { session }),
  });
  const isOf = (restraint: Pick<Restraint, 'target'>, affected: Affected, capability: string): boolean =>
    restraint.target.tool === undefined && restraint.target.server === undefined
      ? restrains(restraint, affected)
      : restrainsTool(restraint, affected, capability);
  const findEnding = (affected: Affected, capability: string): Restraint | undefined =>
    restraints.list().find((each) => each.effect === 'ungrant' && isOf(each, affected, capability));
  const coveredBy = (target: ContainmentTarget): ToolGrant[] =>
    [...entries.values()]
      .filter((entry) => isLive(entry) && isOf({ target }, affectedBy(entry.grant), entry.grant.capability))
      .map(({ grant }) => grant);
  restraints.onPut(({ effect, target }) => (effect === 'ungrant' ? coveredBy(target).length : 0));

  function toRecord(grant: ToolGrant, state: GrantRecord['state']): GrantRecord {
    const { actor, note } = state === 'made' ? grant.made : grant.revoked!;
    return {
      kind: 'grant',
      grant: grant.id,
      state,
      approval: grant.approval,
      exchange: grant.exchange,
      principal: grant.principal.id,
      ...(grant.session === undefined ? {} : { session: grant.session }),
      capability: grant.capability,
      any: Object.keys(grant.arguments).filter((name) => grant.arguments[name]!.digest === undefined),
      expires: grant.expires,
      uses: grant.uses,
      used: grant.used,
      actor,
      ...(note === undefined ? {} : { note }),
    };
  }

  function check({ call, state, exchange }: Approval, { any, for: scope }: GrantTerms): HeldCall {
    if (call === undefined) {
      throw new AncileError('request_invalid', 'a grant is made of a tool call that is held for its origins', {
        at: 'id',
        hint: 'Approve or deny it: a yes to this holds once.',
      });
    }
    if (state === 'denied' || state === 'expired') {
      throw new AncileError('conflict', `nothing can be granted: it is ${state}`, { at: 'id' });
    }
    if (scope === 'session' && exchange.session === undefined) {
      throw new AncileError('request_invalid', 'it has no session', { at: 'terms.for' });
    }
    const { principal, session } = exchange;
    const ended = findEnding(
      { principal: principal.id, tenant: principal.tenant, ...(session === undefined ? {} : { session }) },
      call.capability,
    );
    if (ended !== undefined) {
      throw new AncileError('conflict', `grants are ended here while an incident is looked into (${ended.id})`, {
        hint: 'Say yes to this call alone, or lift the containment first.',
      });
    }
    for (const name of any) {
      if (!Object.hasOwn(call.arguments, name)) {
        throw new AncileError('request_invalid', `the call has no argument "${name}"`, { at: 'terms.any' });
      }
      if (!mayVary(call.arguments[name]!)) {
        throw new AncileError(
          'request_invalid',
          `"${name}" carries authority and is not the user's: not any value of it`,
          {
            at: 'terms.any',
            hint: 'Grant exactly this value, or label the tool and where its values come from.',
          },
        );
      }
    }
    const live = [...entries.values()].filter(isLive);
    const own = live.filter(({ grant }) => grant.principal.id === exchange.principal.id);
    if (live.length >= LIVE_MOST || own.length >= OF_ONE_MOST) {
      throw new AncileError('conflict', 'there are as many grants as there may be', { hint: 'Revoke some.' });
    }
    return call;
  }

  return {
    check,
    async make(approval, terms, actor, note) {
      const call = check(approval, terms);
      const { exchange, policies } = approval;
      const now = clock();
      const grant: ToolGrant = {
        id: newId('gr', now),
        approval: approval.id,
        exchange: exchange.id,
        principal: { id: exchange.principal.id, name: exchange.principal.name, tenant: exchange.principal.tenant },
        ...(terms.for === 'session' ? { session: exchange.session! } : {}),
        capability: call.capability,
        ...(call.definition === undefined ? {} : { definition: call.definition }),
        arguments: grantedArguments(call, terms),
        concerns: call.concerns,
        policies: policies.filter(({ action }) => action === 'hold').map(({ id }) => id),
        made: { time: new Date(now).toISOString(), actor, ...(note === undefined || note === '' ? {} : { note }) },
        expires: new Date(now + terms.minutes * 60_000).toISOString(),
        uses: terms.uses,
        used: 0,
      };
      for (const [id, each] of entries) if (Date.parse(each.grant.expires) < now - KEPT_MS) entries.delete(id);
      await append(toRecord(grant, 'made'));
      await rows.insert(grant);
      entries.set(grant.id, { grant, left: grant.uses });
      return grant;
    },

    take({ principal, tenant, session, ruling, arguments: args }) {
      if (findEnding({ principal, tenant, session }, ruling.capability ?? ruling.tool) !== undefined) return undefined;
      const candidates = [...entries.values()].filter(
        (entry) =>
          entry.grant.principal.id === principal &&
          (entry.grant.session === undefined || entry.grant.session === session) &&
          entry.grant.capability === ruling.capability &&
          isLive(entry),
      );
      if (candidates.length === 0) return undefined;
      const call = describeCall(ruling, args, keyedDigest);
      const entry = call && candidates.find(({ grant }) => isLike(grant, ruling, call));
      if (entry === undefined) return undefined;
      entry.left--;
      entry.grant = { ...entry.grant, used: entry.grant.used + 1 };
      const { grant } = entry;
      writing = writing
        .then(() => rows.update(grant))
        .catch((thrown: unknown) => {
          // What cannot be counted is not used any more.
          entry.left = 0;
          throw thrown;
        });
      writing.catch(() => undefined);
      return grant.id;
    },

    async settled() {
      const now = writing;
      try {
        await now;
      } catch (thrown) {
        if (writing === now) writing = Promise.resolve();
        throw thrown;
      }
    },

    list: (all) =>
      [...entries.values()]
        .filter((entry) => all || isLive(entry))
        .map(({ grant }) => grant)
        .reverse(),

    coveredBy,

    async revoke(id, actor, note) {
      const entry = entries.get(id);
      if (entry === undefined) throw new AncileError('not_found', 'there is no such grant', { at: 'id' });
      if (!isLive(entry)) throw new AncileError('conflict', 'the grant has ended already', { at: 'id' });
      const time = new Date(clock()).toISOString();
      // In force at once, whatever becomes of the writing.
      entry.grant = {
        ...entry.grant,
        revoked: { time, actor, ...(note === undefined || note === '' ? {} : { note }) },
      };
      const { grant } = entry;
      await append(toRecord(grant, 'revoked'));
      await rows.update(grant);
      return grant;
    },
  };
}

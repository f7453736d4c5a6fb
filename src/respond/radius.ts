// The blast radius: what a containment would cover, measured before it acts.
import { type Affected, type KeyRing, type Restraint, covers, mayUse, restrains } from '../access/index.ts';
import { type Clock, systemClock } from '../base/index.ts';
import type { BlastRadius, Containment, ContainmentTarget, ExchangeFilter, ExchangeRow } from '../contract/index.ts';
import type { Inventory } from '../inventory/index.ts';
import { versionsOf } from './actions.ts';

const DAY_MS = 86_400_000;
const MOST_NAMED = 20;
/** Exchanges looked through. */
const MOST_COUNTED = 20_000;
const PAGE = 1000;

export interface RadiusParts {
  readonly keyRing: KeyRing;
  readonly inventory: Inventory;
  /** What is under way and covered. */
  readonly underWay: (covers: (affected: Affected) => boolean) => number;
  readonly searchExchanges: (filter: ExchangeFilter) => Promise<{ exchanges: ExchangeRow[]; next?: number }>;
  readonly clock?: Clock;
}

/** Members by which a key alone is covered. */
const OF_KEYS: readonly (keyof ContainmentTarget)[] = ['principal', 'tenant'];

function keysCovered({ keyRing }: RadiusParts, target: ContainmentTarget): string[] {
  const { principal, tenant } = target;
  const byRoute = target.route;
  const rest = (Object.keys(target) as (keyof ContainmentTarget)[]).filter((name) => !OF_KEYS.includes(name));
  return keyRing
    .list()
    .filter(
      (key) =>
        keyRing.isActive(key.id) &&
        covers(
          { ...(principal && { principal }), ...(tenant && { tenant }) },
          { principal: key.id, tenant: key.tenant },
        ) &&
        (rest.length === 0 || (byRoute !== undefined && mayUse(key, byRoute))),
    )
    .map(({ name }) => name);
}

/** @returns how many, and whether there were too many to look through */
async function countLastDay(
  { searchExchanges, clock = systemClock }: RadiusParts,
  aim: Pick<Restraint, 'target' | 'with'>,
): Promise<{ readonly count: number; readonly cut: boolean }> {
  const { target } = aim;
  const from = new Date(clock() - DAY_MS).toISOString();
  const exact = (name: 'principal' | 'route' | 'session'): Record<string, string> =>
    target[name] === undefined || target[name].includes('*') ? {} : { [name]: target[name] };
  const filter = { from, limit: PAGE, ...exact('principal'), ...exact('route'), ...exact('session') };
  let count = 0;
  let looked = 0;
  let before: number | undefined;
  do {
    const page = await searchExchanges(before === undefined ? filter : { ...filter, before });
    for (const { principal, tenant, session, route, model, upstream, surface } of page.exchanges) {
      const known = { principal, tenant, route, model, upstream, ...(session === null ? {} : { session }) };
      const tool = surface === 'mcp' ? { server: upstream, tool: model } : {};
      if (restrains(aim, { ...known, ...tool })) count++;
    }
    looked += PAGE;
    before = page.next;
  } while (before !== undefined && looked < MOST_COUNTED);
  return { count, cut: before !== undefined };
}

const some = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export async function measureRadius(
  parts: RadiusParts,
  { action, target, with: values }: Pick<Containment, 'action' | 'target' | 'with'>,
  needsSecond: boolean,
): Promise<BlastRadius> {
  if (action === 'quarantine') {
    const models = (await versionsOf(parts.inventory, target.model!)).map(({ id }) => id);
    return {
      keys: [],
      keysTotal: 0,
      underWay: 0,
      lastDay: 0,
      models,
      needsSecond,
      statements: [`${some(models.length, 'version is', 'versions are')} refused by registry and admission`],
    };
  }
  const aim = values === undefined ? { target } : { target, with: values };
  const keys = keysCovered(parts, target);
  const underWay = action === 'freeze' || action === 'revoke' ? parts.underWay((each) => restrains(aim, each)) : 0;
  const { count: lastDay, cut } = await countLastDay(parts, aim);
  const would = {
    freeze: 'would have been refused',
    revoke: 'would have been refused',
    hold: 'would have waited for a person',
  };
  const verb = action in would ? would[action as keyof typeof would] : 'would have gone another way';
  return {
    keys: keys.slice(0, MOST_NAMED),
    keysTotal: keys.length,
    underWay,
    lastDay,
    models: [],
    needsSecond,
    statements: [
      `${some(keys.length, 'key', 'keys')} that work now ${keys.length === 1 ? 'is' : 'are'} covered`,
      ...(underWay === 0 ? [] : [`${some(underWay, 'exchange', 'exchanges')} under way would be cut`]),
      `of the last 24 hours, ${cut ? 'at least ' : ''}${some(lastDay, 'exchange', 'exchanges')} ${verb}`,
    ],
  };
}

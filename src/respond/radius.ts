// The blast radius: what a containment would cover, measured before it acts.
import {
  type Affected,
  type KeyRing,
  type People,
  personOfTarget,
  type Restraint,
  covers,
  mayUse,
  restrains,
  restrainsTool,
} from '../access/index.ts';
import { type Clock, systemClock } from '../base/index.ts';
import type {
  BlastRadius,
  Containment,
  ContainmentTarget,
  ExchangeFilter,
  ExchangeRow,
  ToolGrant,
} from '../contract/index.ts';
import type { Inventory } from '../inventory/index.ts';
import { readRepoint, versionsOf } from './actions.ts';

const DAY_MS = 86_400_000;
const MOST_NAMED = 20;
/** Exchanges looked through. */
const MOST_COUNTED = 20_000;
const PAGE = 1000;

export interface RadiusParts {
  readonly keyRing: KeyRing;
  readonly inventory: Inventory;
  readonly people: Pick<People, 'standingOf'>;
  /** What is under way and covered. */
  readonly underWay: (covers: (affected: Affected) => boolean) => number;
  readonly searchExchanges: (filter: ExchangeFilter) => Promise<{ exchanges: ExchangeRow[]; next?: number }>;
  /** Names of tools that models proposed to call, by the exchange's id. @param from - ISO 8601 */
  readonly proposedSince: (from: string) => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Grants that could be used, and that an `ungrant` of a target ends. */
  readonly grantsOf: (target: ContainmentTarget) => readonly ToolGrant[];
  /** Whether a tool stores texts to be read again; undefined where labels are not read. */
  readonly isMemoryWrite?: (server: string, tool: string) => boolean;
  /** Versions of models that were pulled, once for each pull. @param from - ISO 8601 */
  readonly pulledSince: (from: string) => Promise<readonly string[]>;
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

interface LastDay {
  readonly count: number;
  /** Calls that models proposed, and that would have been taken out of answers. */
  readonly calls: number;
  /** There were too many to look through. */
  readonly cut: boolean;
}

async function countLastDay(
  { searchExchanges, proposedSince, clock = systemClock }: RadiusParts,
  aim: Pick<Restraint, 'target' | 'with'>,
  withCalls: boolean,
  counts: (row: ExchangeRow) => boolean = () => true,
): Promise<LastDay> {
  const { target } = aim;
  const from = new Date(clock() - DAY_MS).toISOString();
  const exact = (name: 'principal' | 'route' | 'session'): Record<string, string> =>
    target[name] === undefined || target[name].includes('*') ? {} : { [name]: target[name] };
  const filter = { from, limit: PAGE, ...exact('principal'), ...exact('route'), ...exact('session') };
  const proposed = withCalls ? await proposedSince(from) : new Map<string, readonly string[]>();
  let count = 0;
  let calls = 0;
  let looked = 0;
  let before: number | undefined;
  do {
    const page = await searchExchanges(before === undefined ? filter : { ...filter, before });
    for (const row of page.exchanges) {
      if (!counts(row)) continue;
      const { id, principal, tenant, session, route, model, upstream, surface } = row;
      const known = { principal, tenant, route, model, upstream, ...(session === null ? {} : { session }) };
      const tool = surface === 'mcp' ? { server: upstream, tool: model } : {};
      if (restrains(aim, { ...known, ...tool })) count++;
      calls += proposed.get(id)?.filter((name) => restrainsTool(aim, known, name)).length ?? 0;
    }
    looked += PAGE;
    before = page.next;
  } while (before !== undefined && looked < MOST_COUNTED);
  return { count, calls, cut: before !== undefined };
}

const some = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const NOTHING = { keys: [], keysTotal: 0, underWay: 0, lastDay: 0, models: [] };

function measureGrants({ grantsOf }: RadiusParts, target: ContainmentTarget, needsSecond: boolean): BlastRadius {
  const grants = grantsOf(target);
  const left = grants.reduce((sum, { uses, used }) => sum + uses - used, 0);
  const holders = [...new Set(grants.map(({ principal }) => principal.name))];
  return {
    ...NOTHING,
    keys: holders.slice(0, MOST_NAMED),
    keysTotal: holders.length,
    needsSecond,
    statements: [
      `${some(grants.length, 'grant', 'grants')} with ${some(left, 'use', 'uses')} left would end`,
      'while it is in force no call is let through by a grant there, and none can be made',
    ],
  };
}

async function measureMemory(
  parts: RadiusParts,
  target: ContainmentTarget,
  needsSecond: boolean,
): Promise<BlastRadius> {
  const { isMemoryWrite } = parts;
  const isWrite = ({ surface, upstream, model }: ExchangeRow): boolean =>
    surface === 'mcp' && isMemoryWrite?.(upstream, model) === true;
  const { count, cut } = await countLastDay(parts, { target }, false, isWrite);
  const { principal, session, tool } = target;
  const whole = principal === undefined && session === undefined && tool === undefined;
  return {
    ...NOTHING,
    lastDay: count,
    needsSecond,
    statements: [
      `of the last 24 hours, what ${cut ? 'at least ' : ''}${some(count, 'call', 'calls')} stored in memories would be withheld when it is read; older texts as well`,
      whole
        ? 'every read of these memories would be refused, whoever stored what is in them'
        : 'texts that were stored before tags named their writer, or past the gateway, have no known writer and would still be read',
      'nothing is deleted: it is read again when this is lifted',
    ],
  };
}

async function measureRepoint(
  parts: RadiusParts,
  asked: Pick<Containment, 'target' | 'with'>,
  needsSecond: boolean,
): Promise<BlastRadius> {
  const { repo, version } = await readRepoint(parts.inventory, asked);
  const { clock = systemClock } = parts;
  const pulled = await parts.pulledSince(new Date(clock() - DAY_MS).toISOString());
  const lastDay = pulled.filter((id) => id.startsWith(`${repo}@`)).length;
  return {
    ...NOTHING,
    lastDay,
    models: [version],
    needsSecond,
    statements: [
      `whoever asks for ${asked.target.model!} would get ${version}; who asks for a version itself still gets that`,
      `of the last 24 hours, ${some(lastDay, 'pull was', 'pulls were')} of this repository, by whatever name`,
    ],
  };
}

function measurePerson({ people }: RadiusParts, name: string, needsSecond: boolean): BlastRadius {
  const { name: written = name, sessions = 0, isLastAdmin = false } = people.standingOf(name) ?? {};
  return {
    ...NOTHING,
    underWay: sessions,
    needsSecond,
    statements: [
      `${some(sessions, 'session', 'sessions')} of ${written} would end, and none could begin`,
      ...(isLastAdmin
        ? ['no admin could sign in to the console any more: the command line on the machine itself goes on working']
        : []),
    ],
  };
}

export async function measureRadius(
  parts: RadiusParts,
  { action, target, with: values }: Pick<Containment, 'action' | 'target' | 'with'>,
  needsSecond: boolean,
): Promise<BlastRadius> {
  if (action === 'quarantine') {
    const models = (await versionsOf(parts.inventory, target.model!)).map(({ id }) => id);
    return {
      ...NOTHING,
      models,
      needsSecond,
      statements: [`${some(models.length, 'version is', 'versions are')} refused by registry and admission`],
    };
  }
  if (action === 'ungrant') return measureGrants(parts, target, needsSecond);
  const person = personOfTarget(target);
  if (person !== undefined) return measurePerson(parts, person, needsSecond);
  if (action === 'repoint')
    return measureRepoint(parts, values === undefined ? { target } : { target, with: values }, needsSecond);
  if (action === 'distrust') return measureMemory(parts, target, needsSecond);
  const aim = values === undefined ? { target } : { target, with: values };
  const keys = keysCovered(parts, target);
  const underWay = action === 'freeze' || action === 'revoke' ? parts.underWay((each) => restrains(aim, each)) : 0;
  // Of a tool, a freeze reaches the model's own wire as well.
  const ofTool = action === 'freeze' && (target.tool !== undefined || target.server !== undefined);
  const { count: lastDay, calls, cut } = await countLastDay(parts, aim, ofTool);
  const would = {
    freeze: 'would have been refused',
    revoke: 'would have been refused',
    hold: 'would have waited for a person',
    tighten: 'would have been ruled on by what is added as well',
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
      ...(ofTool
        ? [`and ${some(calls, 'call', 'calls')} on record that models proposed would have been taken out`]
        : []),
    ],
  };
}

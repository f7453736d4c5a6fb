// Virtual keys: made, shown, ended, and what has been used of their budgets.
import { type BudgetBook, type KeyRing, mayUse, windowEnd, windowStart } from '../../access/index.ts';
import { AncileError, type Clock } from '../../base/index.ts';
import type { Budget, BudgetPeriod, BudgetUse, KeyInfo } from '../../contract/index.ts';
import type { RecordChange } from './changes.ts';
import type { Operations } from './operation.ts';

export interface KeyParts {
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly budgets: BudgetBook;
  /** Names of the routes (keys of `models`). */
  readonly routes: () => readonly string[];
  readonly usageSeries: (principal: string, period: BudgetPeriod) => Promise<BudgetUse['series']>;
  readonly record: RecordChange;
}

/** A scope that covers no route is a mistake that would show as a key that can do nothing. */
function checkRoutes(scope: readonly string[] | undefined, routes: readonly string[]): void {
  for (const pattern of scope ?? []) {
    if (routes.some((route) => mayUse({ routes: [pattern] }, route))) continue;
    throw new AncileError('request_invalid', `no route is called, or matched by, "${pattern.slice(0, 100)}"`, {
      at: 'routes',
      hint: `Routes are the names under \`models\` in the configuration: ${routes.slice(0, 20).join(', ')}.`,
    });
  }
}

export function keyOperations({
  clock,
  keyRing,
  budgets,
  routes,
  usageSeries,
  record,
}: KeyParts): Pick<Operations, 'listKeys' | 'createKey' | 'revokeKey' | 'getKeyUsage'> {
  function findKey(id: string): KeyInfo {
    const found = keyRing.list().find((key) => key.id === id);
    if (found === undefined) throw new AncileError('not_found', 'there is no such key', { at: 'id' });
    return found;
  }

  async function useOf(key: KeyInfo, budget: Budget): Promise<BudgetUse> {
    const starts = windowStart(budget.period, clock());
    const ends = windowEnd(budget.period, starts);
    return {
      budget,
      starts,
      ...(ends === undefined ? {} : { ends }),
      ...budgets.used(key.id, budget.period),
      series: await usageSeries(key.id, budget.period),
    };
  }

  return {
    listKeys: async () => ({ keys: keyRing.list() }),
    async createKey(request, { actor }) {
      checkRoutes(request.routes, routes());
      let made: KeyInfo | undefined;
      try {
        // The record comes first: no key works that the ledger does not know of.
        return await keyRing.create(request, async (info) => {
          await record(actor, 'key.create', info.id, { detail: info.name });
          made = info;
        });
      } catch (thrown) {
        if (made !== undefined) await record(actor, 'key.create', made.id, { outcome: 'refused', detail: made.name });
        throw thrown;
      }
    },
    async revokeKey({ id }, { actor }) {
      // Here it is the other way round: a ledger that cannot be written keeps no key alive.
      const info = await keyRing.revoke(id);
      await record(actor, 'key.revoke', id, { detail: info.name });
      return info;
    },
    async getKeyUsage({ id }) {
      const key = findKey(id);
      return { key, budgets: await Promise.all(key.budgets.map((budget) => useOf(key, budget))) };
    },
  };
}

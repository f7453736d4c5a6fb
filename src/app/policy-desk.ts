// The policy set in force as the admin interface works on it: shown, checked, tried on what passed, changed.
import type { LoadedConfig } from '../config/index.ts';
import type { PolicySetView, StoredRecord } from '../contract/index.ts';
import type { PolicyDesk, ReplaySpan } from '../gateway/index.ts';
import { type Ledger, searchRecords } from '../ledger/index.ts';
import {
  type ReloadResult,
  type ReloadablePolicies,
  checkPolicyFiles,
  createPoliciesOfFiles,
  diffShadow,
  replayPolicies,
  viewPolicySet,
} from '../policy/index.ts';
import type { Store } from '../store/index.ts';
import type { Logger } from './log.ts';
import { isShipped, policySetFolder } from './policies.ts';
import { writePolicyFiles } from './write-policies.ts';

const DEFAULT_EXCHANGES = 2000;
const PAGE = 1000;

export interface DeskParts {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly caughtUp: () => Promise<void>;
  readonly loaded: () => LoadedConfig;
  readonly policies: () => ReloadablePolicies;
  /** Told of each try to take other policies into use. */
  readonly onReload?: (result: ReloadResult) => void;
}

/** Says in the log what came of a try to take other policies into use. */
export function tellReload(log: Logger): (result: ReloadResult) => void {
  return (result) => {
    if (result.ok) log.info({ policyVersion: result.version, changed: result.changed }, 'policies reloaded');
    else log.error({ err: result.error }, 'policies not reloaded: those in force stay');
  };
}

/** What rules now, whatever lies in its folder. */
export interface PolicySetInForce {
  readonly name: string;
  readonly version: string;
  readonly onFault: PolicySetView['onFault'];
  readonly files: PolicySetView['files'];
}

export function createPolicyDesk({ store, ledger, caughtUp, loaded, policies, onReload }: DeskParts): PolicyDesk & {
  readonly inForce: () => PolicySetInForce;
} {
  const folder = (): string => policySetFolder(loaded().config.policy.set, loaded().dir);

  /** The records of the newest exchanges of a span, newest first: as many exchanges as are asked for. */
  async function* recordsOf({ from, to, limit = DEFAULT_EXCHANGES }: ReplaySpan): AsyncGenerator<StoredRecord> {
    await caughtUp();
    let before: number | undefined;
    for (let left = limit; left > 0;) {
      const filter = {
        kind: 'exchange.opened',
        limit: Math.min(left, PAGE),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(before === undefined ? {} : { before }),
      };
      const page = await searchRecords(store, filter);
      for (const { exchange } of page) {
        if (exchange === null) continue;
        for (const { seq } of await searchRecords(store, { exchange })) {
          const record = await ledger.get(seq);
          if (record !== undefined) yield record;
        }
      }
      if (page.length < filter.limit) return;
      left -= page.length;
      before = page.at(-1)!.seq;
    }
  }

  function view(): PolicySetView {
    const { set, shadow } = loaded().config.policy;
    return { ...viewPolicySet(folder()), editable: !isShipped(set), ...(shadow === undefined ? {} : { shadow }) };
  }

  function reload(): ReloadResult {
    const result = policies().reload();
    onReload?.(result);
    return result;
  }

  return {
    view,
    inForce() {
      const { name, version, onFault, files } = policies().current();
      return { name, version, onFault, files: [...files] };
    },
    check: checkPolicyFiles,
    replay: async (files, span) => replayPolicies(createPoliciesOfFiles(files), recordsOf(span)),
    shadow: (span) => diffShadow(recordsOf(span)),
    write(files) {
      const members = view().files.map((file) => file.name);
      return writePolicyFiles(folder(), files, members, () => {
        const result = reload();
        if (!result.ok) throw result.error;
        return { changed: result.changed, version: result.version };
      });
    },
    reload,
  };
}

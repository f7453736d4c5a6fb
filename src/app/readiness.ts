// Whether this node should be sent requests: it can write its ledger, its policies are loaded, and what reads behind the ledger
// is not hopelessly late.
import type { Readiness } from '../gateway/index.ts';

/** Records not in the search index, or not seen by monitoring, from which a node is better left alone. */
const MOST_LAG = 200_000;

export interface ReadinessParts {
  /** The last fault of the ledger that is not over. */
  readonly ledgerFault: () => string | undefined;
  readonly policyVersion: () => string;
  readonly indexLag: () => number;
  readonly monitorLag: () => number;
}

export function createReadiness(parts: ReadinessParts): () => Readiness {
  return () => {
    const lag = (records: number): string => (records <= MOST_LAG ? 'ok' : `${records} records behind`);
    // What exactly is wrong with the disk is for the operator, and not for whoever may ask.
    const checks = {
      ledger: parts.ledgerFault() === undefined ? 'ok' : 'cannot be written',
      policies: parts.policyVersion() === '' ? 'not loaded' : 'ok',
      index: lag(parts.indexLag()),
      monitor: lag(parts.monitorLag()),
    };
    return { ok: Object.values(checks).every((said) => said === 'ok'), checks };
  };
}

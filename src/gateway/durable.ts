// A write that what it tells of must wait for: durable, or let pass by the policy set's written choice.
import { AncileError, toAncileError } from '../base/index.ts';
import type { Policies } from '../policy/index.ts';

export interface DurableParts {
  readonly policies: Pick<Policies, 'onFault'>;
  readonly onFault: (error: unknown, exchange: string | undefined) => void;
}

/** @throws AncileError `ledger_fault`, `store_fault` where it failed and the policy set says to deny then */
export function untilDurable(parts: DurableParts, exchange: string, write: Promise<unknown>): Promise<void> {
  return write.then(
    () => undefined,
    (thrown: unknown) => {
      parts.onFault(thrown, exchange);
      if (parts.policies.onFault.ledger !== 'deny') return;
      // The ledger's own words name folders of this machine, which are the operator's to know.
      throw new AncileError(toAncileError(thrown, 'ledger_fault').code, 'the exchange could not be recorded', {
        hint: 'Nothing passes unrecorded; try again later.',
        cause: thrown,
      });
    },
  );
}

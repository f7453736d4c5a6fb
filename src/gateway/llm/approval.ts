// A held exchange of a model waits for a person as long as its client is there.
import type { ServerResponse } from 'node:http';
import { type Approvers, type Grant, type HeldThing, awaitApproval } from '../approval.ts';
import { onceOver } from '../ending.ts';
import type { ExchangeRun } from './run.ts';

export type { Approvers, Grant } from '../approval.ts';

/** @throws AncileError `ledger_fault`, `store_fault`: it may not pass */
export function askForApproval(
  approvers: Approvers,
  run: ExchangeRun,
  response: ServerResponse,
  held: HeldThing,
): Promise<Grant> {
  const gone = new AbortController();
  onceOver(response, () => gone.abort());
  return awaitApproval(approvers, { exchange: run.exchange, gone: gone.signal, hasEnded: () => run.ended }, held);
}

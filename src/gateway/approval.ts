// What policy holds waits for a person here: for exactly this content, for a time. Where nobody can be asked, or nobody
// answers, it is denied.
import type { ApprovalBook } from '../access/index.ts';
import {
  type Decision,
  type Direction,
  type Exchange,
  type Finding,
  type HeldCall,
  type Segment,
  isDenial,
} from '../contract/index.ts';
import { type AskedApproval, heldTexts } from '../guard/index.ts';

/** Whom to ask, and how long a client waits for the answer. */
export interface Approvers {
  readonly book: ApprovalBook;
  /** Milliseconds. */
  readonly wait: number;
}

export interface HeldThing {
  readonly direction: Direction;
  /** What the approval is bound to: the whole body, of an answer with what it answers. */
  readonly content: unknown;
  readonly segments: readonly Segment[];
  readonly findings: readonly Finding[];
  readonly decision: Decision;
  /** Of a tool call that is held for its origins: what a grant can be made of. */
  readonly call?: HeldCall | undefined;
}

/** Whose it is, and whether anybody still waits for it. */
export interface Requester {
  readonly exchange: Exchange;
  /** Aborts when whoever waits has gone. */
  readonly gone: AbortSignal;
  /** It came to an end in the meantime: a yes is left for the next try. */
  readonly hasEnded: () => boolean;
}

/** `approval` is what the requester is told of it, where it was asked for and not granted. */
export type Grant = { readonly granted: true } | { readonly granted: false; readonly approval?: AskedApproval };

/**
 * Asks for a yes and waits for it. A yes that was given to the same content before is used first.
 * @throws AncileError `ledger_fault`, `store_fault`: it may not pass
 */
export async function awaitApproval(
  { book, wait }: Approvers,
  { exchange, gone, hasEnded }: Requester,
  { direction, content, segments, findings, decision, call }: HeldThing,
): Promise<Grant> {
  const digest = book.digest({ direction, exchange, content });
  if ((await book.take(digest)) !== undefined) return { granted: true };
  const approval = await book.request({
    direction,
    exchange,
    digest,
    findings: [...findings],
    policies: decision.policies.filter((policy) => isDenial(policy.action)),
    texts: heldTexts(segments, findings),
    ...(call === undefined ? {} : { call }),
  });
  if (approval === undefined) return { granted: false };
  const state = await book.wait(approval.id, wait, gone);
  // A client that has gone leaves the yes for his next try.
  if (state !== 'approved' || hasEnded()) return { granted: false, approval: { ...approval, state } };
  if ((await book.take(digest)) !== undefined) return { granted: true };
  return { granted: false, approval: { ...approval, state: 'used' } };
}

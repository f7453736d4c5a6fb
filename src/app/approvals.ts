// The approval book of a data folder, and the webhook that may be told of it and answer.
import {
  type ApprovalBook,
  type GrantBook,
  createApprovalBook,
  createWebhookAnswers,
  openGrantBook,
} from '../access/index.ts';
import { AncileError } from '../base/index.ts';
import type { Config } from '../contract/index.ts';
import type { AnswerHook } from '../gateway/index.ts';
import type { DataDir } from './data-dir.ts';
import type { Webhook } from './webhook.ts';

export interface ApprovalsParts {
  readonly data: DataDir;
  readonly append: DataDir['ledger']['append'];
  /** Asked anew each time: the configuration may change. */
  readonly settings: () => Config['approvals'];
  readonly webhook: () => Webhook | undefined;
  readonly onFault: (fault: unknown) => void;
}

/** @throws AncileError `store_fault`, `ledger_fault` */
export async function openApprovals({ data, append, settings, webhook, onFault }: ApprovalsParts): Promise<{
  readonly approvals: ApprovalBook;
  readonly grants: GrantBook;
  readonly answerHook: AnswerHook;
}> {
  const approvals = await createApprovalBook({
    store: data.store,
    append,
    keyedDigest: (content) => data.keys.keyedDigest(content),
    seal: data.keys.sealFor('approvals'),
    settings,
    notify: (approval) => webhook()?.teller.notify(approval),
    onFault,
  });
  const keyedDigest = (content: string): string => data.keys.keyedDigest(content);
  const grants = await openGrantBook({ store: data.store, append, keyedDigest, restraints: data.restraints });
  // What was taken already is remembered for as long as the webhook of the configuration is the same.
  const takers = new WeakMap<Webhook, AnswerHook>();
  return {
    approvals,
    grants,
    async answerHook(id, headers, body) {
      const hook = webhook();
      if (hook === undefined) throw new AncileError('not_found', 'there is no approval webhook in the configuration');
      let take = takers.get(hook);
      if (take === undefined) {
        take = createWebhookAnswers({ secret: hook.secret, decide: approvals.decide });
        takers.set(hook, take);
      }
      return take(id, headers, body);
    },
  };
}

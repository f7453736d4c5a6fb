// Captured texts are kept for as long as the configuration says, also after capture was switched off.
import { systemClock } from '../base/index.ts';
import type { FeedbackBook } from '../access/index.ts';
import type { Config, RecordBody } from '../contract/index.ts';
import type { Evidence } from '../ledger/index.ts';
import { type Closers, every } from './closers.ts';
import type { Logger } from './log.ts';

type Append = (body: RecordBody) => Promise<unknown>;

const EXPIRE_MS = 3_600_000;

/** Lets captured texts and those of feedback run out, now and every hour. */
export function startExpiry(
  parts: { readonly evidence: Evidence; readonly feedback: FeedbackBook; readonly append: Append },
  capture: () => Config['capture'],
  closers: Closers,
  log: Logger,
): void {
  const { evidence, feedback, append } = parts;
  const expire = async (): Promise<void> => {
    await expireEvidence(evidence, append, capture().retention);
    await feedback.expire(capture().feedbackRetention);
  };
  closers.add(every(EXPIRE_MS, expire, log));
  void expire().catch((err: unknown) => log.error({ err }, 'expiring evidence'));
}

/**
 * Deletes what is older than `retention` (milliseconds), and puts on record that it is gone.
 * @throws AncileError `ledger_fault`
 */
export async function expireEvidence(evidence: Evidence, append: Append, retention: number): Promise<void> {
  const expired = await evidence.expire(systemClock() - retention);
  if (expired.length === 0) return;
  const target = `evidence of ${expired.join(', ')}`;
  // No person can be called this.
  await append({
    kind: 'admin.change',
    actor: 'evidence retention',
    action: 'evidence.expire',
    target,
    outcome: 'done',
  });
}

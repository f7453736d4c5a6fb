// Captured texts are kept for as long as the configuration says, also after capture was switched off.
import { systemClock } from '../base/index.ts';
import type { RecordBody } from '../contract/index.ts';
import type { Evidence } from '../ledger/index.ts';

/**
 * Deletes what is older than `retention` (milliseconds), and puts on record that it is gone.
 * @throws AncileError `ledger_fault`
 */
export async function expireEvidence(
  evidence: Evidence,
  append: (body: RecordBody) => Promise<unknown>,
  retention: number,
): Promise<void> {
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

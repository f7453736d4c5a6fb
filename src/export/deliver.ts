// One batch until every event of it is delivered or given up: tries, pauses, halves what is refused as a whole.
import type { ExportEvent } from '../contract/index.ts';
import type { Fate } from './sink.ts';

/** So often is an event tried that fails alone while the receiver takes others of the same batch. */
const ALONE_MOST = 12;

export interface Delivery {
  /** One try: never throws. */
  readonly attempt: (events: readonly ExportEvent[]) => Promise<readonly Fate[]>;
  /** Durable before it resolves. */
  readonly bury: (event: ExportEvent, reason: string, attempts: number) => Promise<void>;
  readonly onAccepted: (count: number) => void;
  /** Told of each try that did not do; resolves when the next may be made. @throws where there is to be none */
  readonly onFailed: (reason: string, after: number | undefined) => Promise<void>;
  /** The receiver is gone for good. @throws always: there is no next try */
  readonly onGone: (reason: string) => Promise<never>;
}

/** @throws what `onFailed` and `bury` throw: what was not settled is to be delivered again */
export async function deliverAll(batch: readonly ExportEvent[], delivery: Delivery): Promise<void> {
  const tries = new Map<string, number>();
  /** Whether the receiver took anything of the batch: then it is there, and what fails is not for its sake. */
  let taken = false;

  async function settle(events: readonly ExportEvent[]): Promise<void> {
    let pending = events;
    while (pending.length > 0) {
      const fates = await delivery.attempt(pending);
      const left: ExportEvent[] = [];
      const unclear: ExportEvent[] = [];
      let why: { readonly reason: string; readonly after: number | undefined } | undefined;
      let gone: string | undefined;
      let accepted = 0;
      for (const [i, event] of pending.entries()) {
        const fate = fates[i] ?? { state: 'again', reason: 'the receiver said nothing of it' };
        const count = (tries.get(event.id) ?? 0) + 1;
        tries.set(event.id, count);
        if (fate.state === 'accepted') {
          accepted++;
        } else if (fate.state === 'refused' || (fate.state === 'unclear' && pending.length === 1)) {
          await delivery.bury(event, fate.reason, count);
        } else if (fate.state === 'gone') {
          gone = fate.reason;
          await delivery.bury(event, fate.reason, count);
        } else if (fate.state === 'unclear') {
          unclear.push(event);
        } else if (fate.state === 'busy' && taken && count >= ALONE_MOST) {
          await delivery.bury(event, fate.reason, count);
        } else {
          left.push(event);
          why ??= { reason: fate.reason, after: 'after' in fate ? fate.after : undefined };
        }
      }
      if (accepted > 0) {
        taken = true;
        delivery.onAccepted(accepted);
      }
      if (gone !== undefined) await delivery.onGone(gone);
      if (unclear.length > 0) {
        const middle = Math.ceil(unclear.length / 2);
        await settle(unclear.slice(0, middle));
        await settle(unclear.slice(middle));
      }
      pending = left;
      if (why !== undefined) await delivery.onFailed(why.reason, why.after);
    }
  }

  await settle(batch);
}

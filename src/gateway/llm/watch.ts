// What may end an exchange while its answer comes: the client goes, the key is revoked, it is frozen, the server stops.
import { type Affected, toFrozen } from '../../access/index.ts';
import { AncileError } from '../../base/index.ts';
import type { Outcome } from '../../contract/index.ts';
import { onceOver } from '../ending.ts';
import type { CutReason } from '../inflight.ts';
import type { AnswerScene } from './answer.ts';
import { sendError } from './reply.ts';

const ENDINGS = {
  revoked: () => new AncileError('unauthenticated', 'the key was revoked'),
  frozen: toFrozen,
  stopping: () => new AncileError('shutting_down', 'the gateway is stopping'),
} as const satisfies Record<CutReason, () => AncileError>;

/** What its client is told of an exchange that is cut. */
export function toEndingError(why: CutReason): AncileError {
  return ENDINGS[why]();
}

/** Watches an exchange to its end. A client that has gone already, or a key that has ended, or a freeze, ends it now. */
export function watchExchange(scene: AnswerScene, affected: Affected): void {
  const { parts, surface, response, run } = scene;

  /** @returns whether it was ended here, and not by the answer's own end at the same time */
  function end(outcome: Outcome, error: AncileError): Promise<boolean> {
    scene.flight().abort();
    const status = response.headersSent ? 200 : error.status;
    return run.close({ outcome, status, reason: error.code }).catch(() => true);
  }

  function cut(why: CutReason): void {
    if (run.ended) return;
    const error = toEndingError(why);
    void end(why === 'stopping' ? 'fault' : 'revoked', error).then((mine) => {
      if (!mine || response.writableEnded) return;
      if (response.headersSent) response.end(surface.renderStreamError(error));
      else sendError(surface, response, error, run.exchange.id);
    });
  }

  const remove = parts.inflight.add(affected, cut);
  const onClose = (): void => {
    remove();
    if (response.writableFinished || run.ended) return;
    void end('client_gone', new AncileError('request_invalid', 'the client went away'));
  };
  onceOver(response, onClose);
  // Since it was admitted.
  if (parts.restraints.find('freeze', affected) !== undefined) cut('frozen');
  else if (!parts.keys.isActive(run.exchange.principal.id)) cut('revoked');
}

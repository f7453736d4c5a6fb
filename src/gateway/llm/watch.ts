// What may end an exchange while its answer comes: the client goes, the key is revoked, the server stops.
import { AncileError } from '../../base/index.ts';
import type { Outcome } from '../../contract/index.ts';
import { onceOver } from '../ending.ts';
import type { AnswerScene } from './answer.ts';
import { sendError } from './reply.ts';

const ENDINGS = {
  revoked: () => new AncileError('unauthenticated', 'the key was revoked'),
  stopping: () => new AncileError('shutting_down', 'the gateway is stopping'),
} as const;

/** What its client is told of an exchange that is cut. */
export function toEndingError(why: keyof typeof ENDINGS): AncileError {
  return ENDINGS[why]();
}

/** Watches an exchange to its end. A client that has gone already, or a key that has ended, ends it now. */
export function watchExchange(scene: AnswerScene, keyId: string): void {
  const { parts, surface, response, run } = scene;

  /** @returns whether it was ended here, and not by the answer's own end at the same time */
  function end(outcome: Outcome, error: AncileError): Promise<boolean> {
    scene.flight().abort();
    const status = response.headersSent ? 200 : error.status;
    return run.close({ outcome, status, reason: error.code }).catch(() => true);
  }

  function cut(why: keyof typeof ENDINGS): void {
    if (run.ended) return;
    const error = toEndingError(why);
    void end(why === 'revoked' ? 'revoked' : 'fault', error).then((mine) => {
      if (!mine || response.writableEnded) return;
      if (response.headersSent) response.end(surface.renderStreamError(error));
      else sendError(surface, response, error, run.exchange.id);
    });
  }

  const remove = parts.inflight.add(keyId, cut);
  const onClose = (): void => {
    remove();
    if (response.writableFinished || run.ended) return;
    void end('client_gone', new AncileError('request_invalid', 'the client went away'));
  };
  onceOver(response, onClose);
  if (!parts.keys.isActive(keyId)) cut('revoked');
}

// What the webhook's service answers for a person: a signed yes or no, taken once.
import { z } from 'zod';
import { AncileError, type Clock, systemClock, toAncileError } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import { type Approval, Verdict } from '../contract/index.ts';
import type { ApprovalBook } from './approvals.ts';
import { SIGNATURE_HEADER, SIGNATURE_WINDOW_MS, type SignedHeaders, verifyWebhook } from './webhook-signature.ts';

const BODY_BYTES = 16 * 1024;
/** Signatures remembered; the oldest of more are forgotten, and the approval itself is decided once. */
const SEEN_MOST = 10_000;

/**
 * The approval is named within what is signed: an answer for one cannot be sent to the address of another. What we send
 * out is signed alike and is no answer: it has other members.
 */
export const WebhookAnswer = z.strictObject({
  approval: z.string().max(100),
  verdict: Verdict,
  note: z.string().max(1000).optional(),
});
export type WebhookAnswer = z.infer<typeof WebhookAnswer>;

export interface WebhookAnswersParts {
  readonly secret: string;
  readonly decide: ApprovalBook['decide'];
  readonly clock?: Clock;
}

/** As records name the decider. No person can be called this. */
const ACTOR = 'approval webhook';

function readAnswer(body: Uint8Array): WebhookAnswer {
  const parsed = WebhookAnswer.safeParse(
    parseJson(body, { maxBytes: BODY_BYTES, maxDepth: 4, what: 'the webhook answer' }),
  );
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.map(String).join('.') ?? '';
  throw new AncileError('request_invalid', 'the webhook answer is not one', {
    ...(at === '' ? {} : { at }),
    hint: 'Expected {"approval": ID, "verdict": "approve" or "deny", "note"?: TEXT}.',
  });
}

/**
 * Takes the answers of one webhook: bytes and headers as they came, the id from the address.
 * @returns a function that throws AncileError `unauthenticated` for a signature that does not hold, `conflict` for one
 *   that was taken before, `request_invalid`, and what `decide` throws
 */
export function createWebhookAnswers({ secret, decide, clock = systemClock }: WebhookAnswersParts) {
  /** Signatures that were taken, with the time until which they would still hold, oldest first. */
  const seen = new Map<string, number>();

  function note(signature: string, time: number): void {
    for (const [known, until] of seen) {
      if (until > clock() && seen.size < SEEN_MOST) break;
      seen.delete(known);
    }
    seen.set(signature, time + SIGNATURE_WINDOW_MS);
  }

  return async (id: string, headers: SignedHeaders, body: Uint8Array): Promise<Approval> => {
    const check = verifyWebhook(headers, body, secret, clock());
    if (!check.ok) {
      throw new AncileError('unauthenticated', 'the signature does not hold', {
        at: SIGNATURE_HEADER,
        hint: 'Sign `SECONDS.BODY` by HMAC-SHA-256 with the shared secret: t=SECONDS,v1=HEX, within five minutes.',
      });
    }
    const answer = readAnswer(body);
    if (answer.approval !== id) {
      throw new AncileError('request_invalid', 'the answer is for another approval', { at: 'approval' });
    }
    if (seen.has(check.signature)) throw new AncileError('conflict', 'this answer was taken before', { at: 'id' });
    note(check.signature, check.time);
    try {
      return await decide(id, answer.verdict, ACTOR, answer.note);
    } catch (thrown) {
      // A fault of ours: the same answer may be sent again.
      if (toAncileError(thrown).retryable) seen.delete(check.signature);
      throw thrown;
    }
  };
}

// An error answer of the upstream: told to the caller in the surface's own shape, judged like any other text, and
// never with our credentials or the upstream's address in it.
import { AncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import type { AnswerHeaders } from '../../net/index.ts';
import { type AnswerReader, type AnswerScene, answerError, answerHeaders } from './answer.ts';
import { adviseStatus } from '../upstreams/index.ts';
import { Collector } from './collect.ts';
import { withoutSecrets } from './run.ts';

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_MESSAGE = 500;

/** The message of an error body, if it has one: `{"error":{"message"}}`, or `{"message"}` as Bedrock words it. */
function readMessage(bytes: Buffer): string | undefined {
  try {
    const body = parseJson(bytes, { maxBytes: MAX_ERROR_BYTES, what: 'the error' });
    // Google's streams put the error in a list.
    return messageOf(Array.isArray(body) ? body[0] : body);
  } catch {
    // Not JSON: its words are not passed on, its status is.
    return undefined;
  }
}

function messageOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('error' in value) return typeof value.error === 'string' ? value.error : messageOf(value.error);
  if ('message' in value && typeof value.message === 'string') return value.message;
  return undefined;
}

export function answerUpstreamError(scene: AnswerScene, status: number, headers: AnswerHeaders): AnswerReader {
  const { parts, surface, response, run, judge } = scene;
  const { door } = run.target;
  const collector = new Collector(MAX_ERROR_BYTES, scene.slot);

  async function answer(): Promise<void> {
    // That our key or account was refused is the operator's concern, not the caller's; a redirect is not followed.
    if (adviseStatus(status) === 'elsewhere') {
      const error = new AncileError('upstream_refused', `the upstream refused the gateway's own request (${status})`, {
        hint: 'The operator must look at the upstream and its apiKey in the configuration.',
      });
      parts.onFault(error, run.exchange.id);
      return answerError(scene, error);
    }
    const raw = readMessage(collector.take()) ?? `the upstream answered with status ${status}`;
    const message = withoutSecrets(raw, door.confidential);
    const verdict = judge.judgeBody([
      { path: '/error/message', channel: 'output', origin: 'untrusted', text: message },
    ]);
    const told = verdict.denied
      ? `the upstream answered with status ${status}; its message was withheld by policy`
      : (verdict.rewrites[0]?.text ?? message).slice(0, MAX_MESSAGE);
    const code = status === 429 ? 'overloaded' : status < 500 ? 'request_invalid' : 'upstream_refused';
    const rendered = surface.renderError({ code, message: told });
    await run.opened;
    const mine = await run.close({ outcome: 'upstream_error', status, reason: `upstream_status_${status}` });
    if (!mine) return;
    if (response.destroyed) return;
    response.writeHead(status, {
      ...answerHeaders(scene, headers),
      ...rendered.headers,
      'content-length': Buffer.byteLength(rendered.body),
    });
    response.end(rendered.body);
  }

  return {
    data(chunk) {
      // A long error page says nothing more after its first part.
      if (collector.size + chunk.length <= MAX_ERROR_BYTES) collector.add(chunk);
    },
    end() {
      answer().catch((thrown: unknown) => {
        parts.onFault(thrown, run.exchange.id);
        void answerError(scene, thrown instanceof AncileError ? thrown : new AncileError('internal', 'fault'));
      });
    },
    fail: (error) => void answerError(scene, error, headers),
  };
}

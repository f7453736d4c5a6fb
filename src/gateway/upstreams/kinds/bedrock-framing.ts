// A Bedrock stream as the events of Anthropic's dialect: each is a JSON text, base64, in a message of its own.
import { AncileError } from '../../../base/index.ts';
import { type SseEvent, createAwsEventStreamParser, parseJson } from '../../../codec/index.ts';
import type { StreamFraming } from '../door.ts';

/** Anthropic's names for what Bedrock breaks off with. */
const ERROR_TYPES: Readonly<Record<string, string>> = {
  throttlingException: 'rate_limit_error',
  validationException: 'invalid_request_error',
  serviceUnavailableException: 'overloaded_error',
  modelTimeoutException: 'timeout_error',
};
const MAX_MESSAGE = 500;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function malformed(message: string): AncileError {
  return new AncileError('upstream_malformed', message, { hint: 'The upstream does not stream as Bedrock does.' });
}

function member(payload: Uint8Array, name: string): unknown {
  const body = parseJson(payload, { what: 'a message of the event stream', code: 'upstream_malformed' });
  return typeof body === 'object' && body !== null && name in body
    ? (body as Record<string, unknown>)[name]
    : undefined;
}

function toEvent(payload: Uint8Array): SseEvent {
  const bytes = member(payload, 'bytes');
  if (typeof bytes !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(bytes)) {
    throw malformed('an event of the stream holds no base64');
  }
  try {
    return { data: utf8.decode(Buffer.from(bytes, 'base64')) };
  } catch {
    throw malformed('an event of the stream is not valid UTF-8');
  }
}

/** What the service breaks the stream off with, as the dialect's own error event. */
function toError(name: string | undefined, message: unknown): SseEvent {
  const type = ERROR_TYPES[name ?? ''] ?? 'api_error';
  const told = typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : 'the upstream broke the stream off';
  return { event: 'error', data: JSON.stringify({ type: 'error', error: { type, message: told } }) };
}

/** A framing of one stream of InvokeModelWithResponseStream. */
export function openBedrockFraming(): StreamFraming {
  const parser = createAwsEventStreamParser();
  return {
    push: (chunk) =>
      parser.push(chunk).flatMap(({ headers, payload }) => {
        switch (headers[':message-type']) {
          case 'event':
            // Events of another type are no part of the answer.
            return headers[':event-type'] === 'chunk' ? [toEvent(payload)] : [];
          case 'exception':
            return [toError(headers[':exception-type'], member(payload, 'message'))];
          case 'error':
            return [toError(headers[':error-code'], headers[':error-message'])];
          default:
            throw malformed('a message of the event stream is of no known type');
        }
      }),
    end: () => parser.end(),
  };
}

// How many tokens a Messages request would be: the same texts go to the provider, a number comes back.
import { AncileError, isObject } from '../../base/index.ts';
import { checkObject, invalid, readCount } from '../checks.ts';
import { OUTPUT, type Shape } from '../shape.ts';
import type { RequestView, ResponseView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { readMessagesRequest } from './messages-request.ts';

/** Reads the body of `POST /v1/messages/count_tokens`, which never streams. @throws AncileError `request_invalid` */
export function readCountRequest(value: unknown): RequestView {
  const { stream } = checkObject(value, 'the request body');
  if (stream !== undefined && stream !== null && stream !== false)
    throw invalid('stream', 'absent: a count is one number');
  return { ...readMessagesRequest(value), maxOutputTokens: 0 };
}

const RESPONSE: Shape = { place: OUTPUT, fields: { input_tokens: {} } };

/** Reads the answer. Counting is not billed, so nothing is used. @throws AncileError `upstream_malformed` */
export function readCountResponse(value: unknown): ResponseView {
  if (!isObject(value) || readCount(value['input_tokens']) === undefined) {
    const at = 'input_tokens';
    throw new AncileError('upstream_malformed', `${at} of the upstream's answer is not a whole number`, { at });
  }
  const usage = { inputTokens: 0, outputTokens: 0 };
  return { ...readByShape(value, RESPONSE, OUTPUT), finishReasons: [], usage };
}

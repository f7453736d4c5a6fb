import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type SseEvent, anthropicMessages } from '../../../codec/index.ts';
import { encodeBedrockEvent, encodeMessage } from '../../../../test/harness/aws-messages.ts';
import { eventsOf, messages } from '../../../../test/harness/wire.ts';
import { openBedrockFraming } from './bedrock-framing.ts';

const read = (bytes: Buffer): SseEvent[] => {
  const framing = openBedrockFraming();
  const events = framing.push(bytes);
  framing.end();
  return events;
};
const event = (payload: string, type = 'chunk'): Buffer =>
  encodeMessage({ ':message-type': 'event', ':event-type': type }, Buffer.from(payload));
const malformed = expect.objectContaining({ code: 'upstream_malformed' }) as Error;

it('reads the events of the dialect, however the bytes are split', () => {
  const text = messages.start + messages.block('text', ['Hé', 'llo']) + messages.block('tool', ['{"to":', '"a"}'], 1);
  const bodies: unknown[] = eventsOf(text + messages.finish());
  const bytes = Buffer.concat(bodies.map(encodeBedrockEvent));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (step) => {
      const framing = openBedrockFraming();
      const got: SseEvent[] = [];
      for (let at = 0; at < bytes.length; at += step) got.push(...framing.push(bytes.subarray(at, at + step)));
      framing.end();
      expect(got.map(({ data }) => JSON.parse(data) as unknown)).toEqual(bodies);
    }),
    { numRuns: 20 },
  );
  const reader = anthropicMessages.openStream!({ hideUsage: false });
  expect(
    read(bytes)
      .map((each) => reader.read(each).terminal)
      .at(-1),
  ).toBe('done');
});

it('tells what the service breaks off with as an error of the dialect', () => {
  const exception = encodeMessage(
    { ':message-type': 'exception', ':exception-type': 'throttlingException' },
    Buffer.from('{"message":"Too many tokens"}'),
  );
  const error = encodeMessage(
    { ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'broken' },
    Buffer.alloc(0),
  );
  const told = [...read(exception), ...read(error)].map(({ data }) => JSON.parse(data) as { error: unknown });
  expect(told.map((each) => each.error)).toEqual([
    { type: 'rate_limit_error', message: 'Too many tokens' },
    { type: 'api_error', message: 'broken' },
  ]);
  const reader = anthropicMessages.openStream!({ hideUsage: false });
  expect(reader.read(read(exception)[0]!).terminal).toBe('error');
});

it('passes over events that are no part of the answer, and refuses what is none', () => {
  expect(read(event('{"bytes":"e30="}', 'metrics'))).toEqual([]);
  for (const payload of [
    '',
    '{}',
    '[]',
    '{"bytes":7}',
    '{"bytes":"%%%"}',
    '{"bytes":"/w=="}',
    '{"bytes":"a","bytes":"b"}',
  ]) {
    expect(() => read(event(payload)), payload).toThrow(malformed);
  }
  expect(() => read(encodeMessage({}, Buffer.from('{}')))).toThrow(malformed);
});

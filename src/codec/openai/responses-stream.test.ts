// A streamed Responses answer through a gate: every copy of a text says what was released of it, and nothing else.
import fc from 'fast-check';
import OpenAI from 'openai';
import { ResponseStream } from 'openai/lib/responses/ResponseStream';
import { Stream } from 'openai/streaming';
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import { encodeSse, type SseEvent } from '../sse.ts';
import { SECRET, createGate, openReader, parseAll, pass } from '../testing/gate.ts';
import { RESPONSES_ANSWER, RESPONSES_EVENTS } from '../testing/responses.ts';
import { openaiResponses } from './surface.ts';

type Json = Record<string, unknown>;

const event = (type: string, rest: object): SseEvent => ({
  data: JSON.stringify({ type: `response.${type}`, ...rest }),
});
const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };

/** A stream of one text in pieces, with all copies that the interface makes of it. */
function tell(pieces: readonly string[], whole = pieces.join('')): SseEvent[] {
  const logprobs = pieces.map((token) => ({ token, logprob: -1, bytes: null, top_logprobs: [] }));
  const part = { type: 'output_text', text: whole, annotations: [], logprobs };
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [part] };
  const response = { id: 'resp_1', object: 'response', status: 'completed', output: [item] };
  return [
    event('created', { response: { ...response, status: 'in_progress', output: [] } }),
    event('output_item.added', { output_index: 0, item: { ...item, content: [] } }),
    event('content_part.added', { ...place, part: { ...part, text: '', logprobs: [] } }),
    ...pieces.map((delta, i) => event('output_text.delta', { ...place, delta, logprobs: [logprobs[i]] })),
    event('output_text.done', { ...place, text: whole, logprobs }),
    event('content_part.done', { ...place, part }),
    event('output_item.done', { output_index: 0, item }),
    event('completed', { response }),
  ];
}

/** The text as each kind of event tells it. */
function textsOf(out: string): Record<string, string> {
  const told: Record<string, string> = { pieces: '' };
  for (const { data } of parseAll(out)) {
    const body = JSON.parse(data) as Json;
    const at = (...way: (string | number)[]): string =>
      way.reduce<unknown>((node, key) => (node as Json)[key], body) as string;
    switch (body['type']) {
      case 'response.output_text.delta':
        told['pieces'] += at('delta');
        break;
      case 'response.output_text.done':
        told['done'] = at('text');
        break;
      case 'response.content_part.done':
        told['part'] = at('part', 'text');
        break;
      case 'response.output_item.done':
        told['item'] = at('item', 'content', 0, 'text');
        break;
      case 'response.completed':
        told['response'] = at('response', 'output', 0, 'content', 0, 'text');
        break;
      default:
    }
  }
  return told;
}

it('tells the same in every copy, whatever is taken out and however the text is split', () => {
  const text = `before ${SECRET} between ${SECRET} after`;
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 12 }),
      fc.integer({ min: 0, max: 100 }),
      (cuts, hold) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
        const out = pass(openaiResponses, tell(pieces), createGate(openaiResponses, hold));
        const said = 'before [gone] between [gone] after';
        expect(textsOf(out)).toEqual({ pieces: said, done: said, part: said, item: said, response: said });
        expect(out).not.toContain('PLANTED');
        expect(out).not.toContain('there"');
      },
    ),
  );
});

it('believes the pieces where a copy says anything else, and reads what a copy adds to them', () => {
  const pieces = ['one ', 'two'];
  const gate = (): ReturnType<typeof createGate> => createGate(openaiResponses, 3);
  const lies = textsOf(pass(openaiResponses, tell(pieces, 'another text'), gate()));
  expect(new Set(Object.values(lies))).toEqual(new Set(['one two']));
  const more = textsOf(pass(openaiResponses, tell(pieces, `one two ${SECRET}`), gate()));
  expect(more).toMatchObject({ done: 'one two [gone]', response: 'one two [gone]' });
  const only = tell([], `all at once ${SECRET}`).filter(({ data }) => !/"response\.(?:output_text|content)/.test(data));
  expect(textsOf(pass(openaiResponses, only, gate()))).toMatchObject({ response: 'all at once [gone]' });
  // A copy of a text that is complete adds nothing any more.
  const events = tell(pieces);
  const last = events.at(-1)!.data.replace('"one two"', `"one two ${SECRET}"`);
  const late = textsOf(pass(openaiResponses, [...events.slice(0, -1), { data: last }], gate()));
  expect(late['response']).toBe('one two');
});

it('gives the official client the same answer streamed as whole', async () => {
  for (const hold of [0, 7, 1000]) {
    const out = pass(openaiResponses, RESPONSES_EVENTS, createGate(openaiResponses, hold));
    // The client's own accumulator throws on events that it does not know, whoever sends them.
    const events = parseAll(out).filter(({ data }) => !data.includes('"response.novelty'));
    const lines = events.map(({ data }) => `${data}\n`).join('');
    const final = await ResponseStream.fromReadableStream(new Response(lines).body!).finalResponse();
    const whole = structuredClone(RESPONSES_ANSWER);
    openaiResponses.readResponse(whole);
    expect(final).toMatchObject(whole);
    expect(final.output_text).toBe('Bonjour, tout le monde');
    expect(final.instructions).toBeNull();
  }
});

it('numbers events and items anew, in the order in which they leave', () => {
  const call = { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'f', arguments: '{}', status: 'completed' };
  const [created, ...message] = tell(['hello']).map(({ data }) =>
    data.replaceAll('"output_index":0', '"output_index":1'),
  );
  const final = JSON.parse(message.pop()!) as { response: { output: unknown[] } };
  final.response.output.unshift(call);
  const events = [
    created!,
    event('output_item.added', { output_index: 0, item: { ...call, arguments: '' } }).data,
    ...message,
    event('output_item.done', { output_index: 0, item: call }).data,
    JSON.stringify(final),
  ].map((data) => ({ data }));
  const bodies = parseAll(pass(openaiResponses, events, createGate(openaiResponses, 0))).map(
    ({ data }) => JSON.parse(data) as { type: string; sequence_number: number; output_index?: number } & Json,
  );
  expect(bodies.map((body) => body.sequence_number)).toEqual(bodies.map((_, i) => i));
  // The call was begun first and whole last: the client hears of the message before it, everywhere.
  expect(bodies.filter((body) => body.type === 'response.output_item.added').map((body) => body['item'])).toMatchObject(
    [{ type: 'message' }, { type: 'function_call' }],
  );
  const { output } = bodies.at(-1)!['response'] as { output: { type: string }[] };
  expect(output.map((item) => item.type)).toEqual(['message', 'function_call']);
  expect(bodies.find((body) => body.type === 'response.function_call_arguments.done')).toMatchObject({
    output_index: 1,
  });
});

it('holds calls until they are whole, and takes them out of the whole response too', () => {
  const call = { id: 'fc_1', type: 'function_call', call_id: 'c', name: 'send', arguments: `{"to":"${SECRET}"}` };
  const events = [
    event('output_item.added', { output_index: 0, item: { ...call, arguments: '' } }),
    event('function_call_arguments.delta', { item_id: 'fc_1', output_index: 0, delta: '{"to":"PLAN' }),
    event('function_call_arguments.delta', { item_id: 'fc_1', output_index: 0, delta: 'TED <here> & there"}' }),
    event('function_call_arguments.done', { item_id: 'fc_1', output_index: 0, arguments: call.arguments }),
    event('output_item.done', { output_index: 0, item: call }),
    event('completed', { response: { status: 'completed', output: [call] } }),
  ];
  const reader = openReader(openaiResponses);
  for (const each of events.slice(0, 4)) expect(reader.encode(reader.read(each))).toBe('');
  const out = pass(openaiResponses, events, createGate(openaiResponses, 0));
  expect(out).not.toContain('PLAN');
  expect(out.match(/\{\\"to\\":\\"\[gone\]\\"\}/g)).toHaveLength(4);
  // Some upstreams end with the pieces, or with the whole response alone.
  for (const some of [events.filter((_, i) => i !== 4), [events[5]!]]) {
    const passed = pass(openaiResponses, some, createGate(openaiResponses, 0));
    expect(passed.match(/\[gone\]/g)).toHaveLength(4);
    expect(passed).not.toContain('PLAN');
  }
});

it('drops calls that never became whole, and ends texts that did not', () => {
  const events = [
    ...tell(['hello']).slice(0, 4),
    event('output_item.added', { output_index: 1, item: { type: 'function_call', name: 'f', arguments: '' } }),
    event('function_call_arguments.delta', { item_id: 'fc_1', output_index: 1, delta: '{"a' }),
  ];
  const out = pass(openaiResponses, events, createGate(openaiResponses, 100));
  expect(textsOf(out)['pieces']).toBe('hello');
  expect(out).not.toContain('function_call');
});

it('knows how a stream ended, and what it used', () => {
  const end = (type: string, response: object): ReturnType<ReturnType<typeof openReader>['read']> =>
    openReader(openaiResponses).read(event(type, { response: { output: [], ...response } }));
  const usage = { input_tokens: 3, output_tokens: 2 };
  expect(end('completed', { status: 'completed', usage })).toMatchObject({
    terminal: 'done',
    finishReasons: ['completed'],
    usage: { inputTokens: 3, outputTokens: 2 },
  });
  const cut = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
  expect(end('incomplete', cut)).toMatchObject({ terminal: 'done', finishReasons: ['max_output_tokens'] });
  const failed = end('failed', { status: 'failed', error: { code: 'server_error', message: 'it broke' } });
  expect(failed).toMatchObject({ terminal: 'error' });
  expect(failed.texts.map((text) => text.text)).toContain('it broke');
  const error = openReader(openaiResponses).read({ data: '{"error":{"message":"it broke"}}' });
  expect(error).toMatchObject({ terminal: 'error' });
});

it.each([
  ['no type', [{}]],
  ['a type that is a text', [{ type: 'my card 4111' }]],
  ['a piece that is no string', [{ type: 'response.output_text.delta', output_index: 0, delta: 4111 }]],
  ['a place that is none', [{ type: 'response.output_text.delta', output_index: -1, delta: 'x' }]],
  ['a part that is none', [{ type: 'response.content_part.added', part: 'x' }]],
  ['an item twice', [{ type: 'response.completed', response: { output: [{ id: 'a' }, { id: 'a' }] } }]],
  [
    'a text that goes on',
    [
      { type: 'response.output_text.done', output_index: 0, text: 'x' },
      { type: 'response.output_text.delta', output_index: 0, delta: 'y' },
    ],
  ],
  [
    'a call that becomes a message',
    [
      { type: 'response.output_item.added', output_index: 0, item: { type: 'function_call' } },
      { type: 'response.output_item.done', output_index: 0, item: { type: 'message', content: [] } },
    ],
  ],
])('refuses %s', (_name, bodies) => {
  const reader = openReader(openaiResponses);
  const readAll = (): void => bodies.forEach((body) => void reader.read({ data: JSON.stringify(body) }));
  expect(readAll).toThrow(expect.objectContaining({ code: 'upstream_malformed' }) as Error);
});

it('renders errors on which the official client throws', async () => {
  const denied = new AncileError('blocked_by_policy', 'blocked: a card number (no-cards)');
  const text = encodeSse({ data: '{"type":"response.created"}' }) + openaiResponses.renderStreamError(denied);
  const read = async (): Promise<void> => {
    for await (const _ of Stream.fromSSEResponse(new Response(text), new AbortController())) void _;
  };
  await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
  await expect(read()).rejects.toMatchObject({ code: 'blocked_by_policy' });
});

// OpenAI's other surfaces through the gateway, with the official client: what is judged on the way in, what on the way
// out, and what is denied because nobody here can see it.
import { type OpenAI, toFile } from 'openai';
import { beforeAll, expect, it } from 'vitest';
import { startPracticeModel } from '../../src/gateway/practice/index.ts';
import { atEnd } from '../harness/cleanup.ts';
import { failureOf, openaiClient, post } from '../harness/clients.ts';
import { type TestServer, behind, startTestServer } from '../harness/server.ts';

const CARD = '4111 1111 1111 1111';
const SPLIT = /4111|1111 1111/;

let server: TestServer;
let openai: OpenAI;
const received: [path: string, body: unknown][] = [];
const last = (): string => JSON.stringify(received.at(-1));

beforeAll(async () => {
  const model = await startPracticeModel({ onRequest: (path, body) => void received.push([path, body]) });
  atEnd(() => model.close());
  server = await startTestServer(behind(model.url));
  openai = openaiClient(server);
});

it('takes a card number out of every copy of a Responses answer, streamed and whole alike', async () => {
  const body = { model: 'practice-leak', input: 'CHUNK: 3\nWhat is on file?' };
  const whole = await openai.responses.create(body);
  expect(whole.output_text).toMatch(/The card on file is \[.+\] and/);
  const deltas: string[] = [];
  const stream = openai.responses.stream(body).on('response.output_text.delta', ({ delta }) => deltas.push(delta));
  const final = await stream.finalResponse();
  expect(final.output_text).toBe(whole.output_text);
  expect(deltas.join('')).toBe(whole.output_text);
  const raw = await (await post(server, '/v1/responses', { ...body, stream: true })).text();
  expect(raw).toContain('response.completed');
  expect(raw).not.toMatch(SPLIT);
});

it('passes calls of tools by Responses, with their arguments judged', async () => {
  const ask = { model: 'practice-script', input: `CALL: send {"text":"card ${CARD}"}` };
  for (const response of [await openai.responses.create(ask), await openai.responses.stream(ask).finalResponse()]) {
    expect(response.output).toMatchObject([{ type: 'function_call', name: 'send' }]);
    expect(JSON.stringify(response)).not.toMatch(SPLIT);
  }
});

it('leaves no state at the provider, and denies what leans on some', async () => {
  const body = { model: 'practice-echo', instructions: 'Be kind.', input: 'hello' };
  expect((await openai.responses.create(body)).output_text).toContain('hello');
  expect(received.at(-1)![1]).toMatchObject({ store: false, instructions: 'Be kind.' });
  const before = received.length;
  const denied: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>[] = [
    { store: true },
    { previous_response_id: 'resp_1' },
    { background: true },
    { input: [{ type: 'item_reference', id: 'msg_1' }] },
    { tools: [{ type: 'web_search' }] },
    { tools: [{ type: 'mcp', server_label: 'x', server_url: 'https://mcp.example' }] },
  ];
  for (const rest of denied) {
    const failure = await failureOf(openai.responses.create({ ...body, ...rest }));
    expect(failure, JSON.stringify(rest)).toMatchObject({ status: 403, code: 'blocked_by_policy' });
  }
  expect(received).toHaveLength(before);
});

it('judges legacy completions both ways', async () => {
  const text = `my card is ${CARD}`;
  const whole = await openai.completions.create({ model: 'practice-echo', prompt: text });
  expect(last()).not.toMatch(SPLIT);
  expect(whole.choices[0]!.text).toContain('my card is [');
  let streamed = '';
  for await (const chunk of await openai.completions.create({ model: 'practice-leak', prompt: 'hi', stream: true }))
    streamed += chunk.choices[0]?.text ?? '';
  expect(streamed).toMatch(/The card on file is \[.+\] and/);
  const tokens = await failureOf(openai.completions.create({ model: 'practice-echo', prompt: [1, 2, 3] }));
  expect(tokens).toMatchObject({ status: 403, code: 'blocked_by_policy' });
});

it('embeds and moderates what is left of the texts', async () => {
  const { data, usage } = await openai.embeddings.create({ model: 'practice-echo', input: ['hello', `card ${CARD}`] });
  expect(data.map(({ embedding }) => embedding.length)).toEqual([64, 64]);
  expect(usage.prompt_tokens).toBeGreaterThan(1);
  expect(last()).not.toMatch(SPLIT);
  const { results } = await openai.moderations.create({ model: 'practice-echo', input: 'I will kill you' });
  expect(results[0]!.flagged).toBe(true);
});

it('judges the texts around images and sound', async () => {
  const image = await openai.images.generate({ model: 'practice-leak', prompt: `a card ${CARD}` });
  expect(last()).not.toMatch(SPLIT);
  expect(image.data![0]!.revised_prompt).toMatch(/The card on file is \[/);
  const file = await toFile(Buffer.from('RIFFsound'), 'a.wav', { type: 'audio/wav' });
  const edited = await openai.images.edit({ model: 'practice-echo', image: file, prompt: `a card ${CARD}` });
  expect(edited.data![0]!.revised_prompt).not.toMatch(SPLIT);
  const spoken = await openai.audio.speech.create({ model: 'practice-echo', voice: 'alloy', input: `say ${CARD}` });
  expect(spoken.headers.get('content-type')).toBe('audio/wav');
  expect(Buffer.from(await spoken.arrayBuffer()).toString('latin1', 0, 4)).toBe('RIFF');
  expect(last()).not.toMatch(SPLIT);
});

it('judges transcripts in every form, and what is asked with them', async () => {
  const file = await toFile(Buffer.from('RIFFsound'), 'a.wav', { type: 'audio/wav' });
  const ask = { file, model: 'practice-leak', prompt: `about ${CARD}` };
  const json = await openai.audio.transcriptions.create(ask);
  expect(last()).not.toMatch(SPLIT);
  expect(json.text).toMatch(/The card on file is \[/);
  for (const response_format of ['verbose_json', 'srt', 'vtt', 'text'] as const) {
    const answer: unknown = await openai.audio.transcriptions.create({ ...ask, response_format });
    expect(JSON.stringify(answer)).toContain('[');
    expect(JSON.stringify(answer), response_format).not.toMatch(/4111|1111/);
  }
  expect((await openai.audio.translations.create(ask)).text).not.toMatch(SPLIT);
  let streamed = '';
  for await (const event of await openai.audio.transcriptions.create({ ...ask, stream: true })) {
    if (event.type === 'transcript.text.delta') streamed += event.delta;
    else expect(event).toMatchObject({ text: streamed });
  }
  expect(streamed).toBe(json.text);
});

it('records what nobody read, and what was used', async () => {
  const answer = await openai.audio.speech
    .create({ model: 'practice-echo', voice: 'alloy', input: 'hello' })
    .asResponse();
  const { opened, closed } = await server.exchange(answer.headers.get('x-ancile-exchange')!);
  expect(opened.exchange.surface).toBe('openai.speech');
  expect(closed.outcome).toBe('completed');
  const embedded = await openai.embeddings.create({ model: 'practice-echo', input: 'hello' }).asResponse();
  const embedding = await server.exchange(embedded.headers.get('x-ancile-exchange')!);
  expect(embedding.closed.usage).toMatchObject({ outputTokens: 0, estimated: false });
});

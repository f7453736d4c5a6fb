// The practice model's other OpenAI surfaces against the official client.
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPracticeModel, type PracticeModel } from './practice-model.ts';

let model: PracticeModel;
let openai: OpenAI;

beforeAll(async () => {
  model = await startPracticeModel();
  openai = new OpenAI({ baseURL: model.url, apiKey: 'none', maxRetries: 0, logLevel: 'off' });
});
afterAll(() => model.close());

const ECHO = 'This is the practice model. You said: ';
const TOOL = {
  type: 'function' as const,
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
};

it('answers Responses, streamed and whole alike', async () => {
  const body = { model: 'practice-echo', instructions: 'Be kind.', input: 'hello there' };
  const whole = await openai.responses.create(body);
  expect(whole).toMatchObject({ output_text: `${ECHO}hello there`, status: 'completed', instructions: 'Be kind.' });
  const streamed = await openai.responses.stream(body).finalResponse();
  expect(streamed).toMatchObject({ output_text: whole.output_text, usage: whole.usage, output: whole.output });
  const parrot = await openai.responses.create({ ...body, model: 'practice-parrot-system' });
  expect(parrot.output_text).toBe('Be kind.');
  const cut = await openai.responses.create({ ...body, max_output_tokens: 3 });
  expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
  expect(cut.usage).toMatchObject({ output_tokens: 3 });
  const logprobs = await openai.responses.create({
    ...body,
    include: ['message.output_text.logprobs'],
    top_logprobs: 2,
  });
  expect(logprobs.output).toMatchObject([
    {
      content: [
        {
          logprobs: expect.arrayContaining(
            [{ token: 'This' }].map((each) => expect.objectContaining(each) as object),
          ) as unknown[],
        },
      ],
    },
  ]);
  const pieces: string[] = [];
  const said = { model: 'practice-script', input: [{ role: 'user' as const, content: 'CHUNK: 3\nSAY: abcdefg' }] };
  for await (const event of await openai.responses.create({ ...said, stream: true })) {
    if (event.type === 'response.output_text.delta') pieces.push(event.delta);
  }
  expect(pieces).toEqual(['abc', 'def', 'g']);
});

it('calls tools by Responses, and answers once it has their result', async () => {
  const body = { model: 'practice-tools', input: 'weather?', tools: [TOOL] };
  const whole = await openai.responses.create(body);
  const streamed = await openai.responses.stream(body).finalResponse();
  const call = { type: 'function_call', name: 'get_weather', arguments: '{"city":"sample city"}' };
  expect(whole.output).toMatchObject([call]);
  expect(streamed.output).toMatchObject([call]);
  const input = [
    { role: 'user' as const, content: 'weather?' },
    ...whole.output.filter((item) => item.type === 'function_call'),
    { type: 'function_call_output' as const, call_id: 'call_practice', output: 'rain' },
  ];
  expect((await openai.responses.create({ ...body, input })).output_text).toBe('The tool answered: rain');
  const json = await openai.responses.create({
    model: 'practice-json',
    input: 'x',
    text: {
      format: { type: 'json_schema', name: 's', schema: { type: 'object', properties: { n: { type: 'integer' } } } },
    },
  });
  expect(JSON.parse(json.output_text)).toEqual({ n: 1 });
});

it('continues prompts as the legacy completions did', async () => {
  const body = { model: 'practice-echo', prompt: 'one two' };
  const whole = await openai.completions.create({ ...body, n: 2, echo: true, logprobs: 2 });
  expect(whole.choices.map(({ text }) => text)).toEqual([`one two${ECHO}one two`, `one two${ECHO}one two`]);
  const { tokens, text_offset } = whole.choices[0]!.logprobs!;
  expect(tokens!.join('')).toBe(whole.choices[0]!.text);
  expect(text_offset!.slice(0, 2)).toEqual([0, 7]);
  expect((await openai.completions.create({ ...body, prompt: ['a', 'b'], n: 2 })).choices).toHaveLength(4);
  expect((await openai.completions.create({ ...body, max_tokens: 2 })).choices[0]).toMatchObject({
    finish_reason: 'length',
  });
  let text = '';
  let usage: unknown;
  const stream = await openai.completions.create({ ...body, stream: true, stream_options: { include_usage: true } });
  for await (const chunk of stream) {
    text += chunk.choices[0]?.text ?? '';
    usage = chunk.usage ?? usage;
  }
  expect(text).toBe(`${ECHO}one two`);
  expect(usage).toMatchObject({ prompt_tokens: 2 });
});

it('embeds texts the same each time, near ones near', async () => {
  const input = ['the cat sat', 'the cat sat down', 'quarterly revenue grew'];
  const { data, usage } = await openai.embeddings.create({ model: 'practice-echo', input });
  const floats = await openai.embeddings.create({ model: 'practice-echo', input, encoding_format: 'float' });
  const dot = (a: number, b: number): number =>
    data[a]!.embedding.reduce((sum, x, i) => sum + x * data[b]!.embedding[i]!, 0);
  expect(data[0]!.embedding).toHaveLength(64);
  data[0]!.embedding.forEach((x, i) => expect(x).toBeCloseTo(floats.data[0]!.embedding[i]!, 6));
  expect(dot(0, 0)).toBeCloseTo(1, 5);
  expect(dot(0, 1)).toBeGreaterThan(dot(0, 2));
  expect(usage.prompt_tokens).toBeGreaterThan(5);
  const short = await openai.embeddings.create({ model: 'practice-echo', input: 'x', dimensions: 8 });
  expect(short.data[0]!.embedding).toHaveLength(8);
});

it('moderates by a few words', async () => {
  const { results } = await openai.moderations.create({ input: ['hello', 'I will kill you'] });
  expect(results.map(({ flagged, categories }) => [flagged, categories.violence])).toEqual([
    [false, false],
    [true, true],
  ]);
});

it('makes images, speech and transcripts', async () => {
  const image = () => toFile(Buffer.from('pixels'), 'a.png', { type: 'image/png' });
  const made = await openai.images.generate({ model: 'practice-echo', prompt: 'a cat', n: 2 });
  expect(made.data).toHaveLength(2);
  expect(made.data![0]!.revised_prompt).toBe(`${ECHO}a cat`);
  expect(Buffer.from(made.data![0]!.b64_json!, 'base64').subarray(1, 4).toString()).toBe('PNG');
  const edited = await openai.images.edit({ image: await image(), prompt: 'with a hat' });
  expect(edited.data![0]!.revised_prompt).toContain('with a hat');
  expect((await openai.images.createVariation({ image: await image() })).data).toHaveLength(1);

  const spoken = await openai.audio.speech.create({ model: 'practice-echo', voice: 'alloy', input: 'hello there' });
  const wav = Buffer.from(await spoken.arrayBuffer());
  expect(spoken.headers.get('content-type')).toBe('audio/wav');
  expect([wav.toString('latin1', 0, 4), wav.readUInt32LE(40)]).toEqual(['RIFF', wav.length - 44]);

  const file = await toFile(wav, 'a.wav', { type: 'audio/wav' });
  const ask = { file, model: 'practice-script', prompt: 'SAY: one two three four five' };
  expect(await openai.audio.transcriptions.create(ask)).toMatchObject({ text: 'one two three four five' });
  const verbose = await openai.audio.transcriptions.create({ ...ask, response_format: 'verbose_json' });
  expect(verbose.segments?.map(({ text }) => text)).toEqual([' one two three four', ' five']);
  expect(await openai.audio.transcriptions.create({ ...ask, response_format: 'srt' })).toBe(
    '1\n00:00:00,000 --> 00:00:01,000\none two three four\n\n2\n00:00:01,000 --> 00:00:02,000\nfive\n',
  );
  expect(await openai.audio.transcriptions.create({ ...ask, response_format: 'vtt' })).toMatch(
    /^WEBVTT\n\n00:00:00\.000/,
  );
  expect(await openai.audio.translations.create({ ...ask, response_format: 'text' })).toBe('one two three four five\n');
  let streamed = '';
  for await (const event of await openai.audio.transcriptions.create({ ...ask, stream: true })) {
    if (event.type === 'transcript.text.delta') streamed += event.delta;
    else expect(event).toMatchObject({ type: 'transcript.text.done', text: streamed });
  }
  expect(streamed).toBe('one two three four five');
});

it('fails on these surfaces in the ways it is told to', async () => {
  const ask = { model: 'practice-error-429', input: 'x' };
  await expect(openai.responses.create(ask)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  await expect(openai.embeddings.create(ask)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  await expect(openai.responses.create({ model: 'practice-reset', input: 'x' })).rejects.toBeInstanceOf(
    OpenAI.APIConnectionError,
  );
  const broken = openai.responses.stream({ model: 'practice-malformed', input: 'x' });
  await expect(broken.finalResponse()).rejects.toThrow();
  await expect(openai.responses.create({ model: 'm', input: 7 as never })).rejects.toMatchObject({
    status: 400,
    param: 'input',
  });
  const post = (type: string, body: string) =>
    fetch(`${model.url}/audio/transcriptions`, { method: 'POST', headers: { 'content-type': type }, body });
  expect((await post('application/json', '{}')).status).toBe(400);
});

// The practice model's Gemini half against the official client, as the gateway's tests and the examples use it.
import Anthropic from '@anthropic-ai/sdk';
import { ApiError, FunctionCallingConfigMode, type GenerateContentResponse, GoogleGenAI, Type } from '@google/genai';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PracticeModel, startPracticeModel } from './practice-model.ts';

let model: PracticeModel;
let gemini: GoogleGenAI;

beforeAll(async () => {
  model = await startPracticeModel();
  gemini = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: new URL(model.url).origin } });
});
afterAll(() => model.close());

const WEATHER = {
  name: 'get_weather',
  parameters: {
    type: Type.OBJECT,
    properties: { city: { type: Type.STRING }, days: { type: Type.INTEGER, minimum: 2 } },
  },
};

async function streamed(
  params: Parameters<GoogleGenAI['models']['generateContentStream']>[0],
): Promise<GenerateContentResponse[]> {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await gemini.models.generateContentStream(params)) chunks.push(chunk);
  return chunks;
}

const textOf = (chunks: readonly GenerateContentResponse[]): string =>
  chunks
    .flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? [])
    .map((part) => part.text ?? '')
    .join('');

it('echoes the last content, streamed and whole alike', async () => {
  const params = { model: 'practice-echo', contents: 'hello there', config: { systemInstruction: 'Be kind.' } };
  const whole = await gemini.models.generateContent(params);
  expect(whole.text).toBe('This is the practice model. You said: hello there');
  expect(whole.candidates?.[0]?.finishReason).toBe('STOP');
  const chunks = await streamed(params);
  expect(chunks.length).toBeGreaterThan(5);
  expect(textOf(chunks)).toBe(whole.text);
  expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
  const parrot = await gemini.models.generateContent({ ...params, model: 'practice-parrot-system' });
  expect(parrot.text).toBe('Be kind.');
});

it('calls functions, and answers once it has their result', async () => {
  const config = { tools: [{ functionDeclarations: [WEATHER] }] };
  const params = { model: 'practice-tools', contents: 'weather?', config };
  const whole = await gemini.models.generateContent(params);
  expect(whole.functionCalls).toEqual([{ name: 'get_weather', args: { city: 'sample city', days: 2 } }]);
  expect((await streamed(params)).flatMap((chunk) => chunk.functionCalls ?? [])).toEqual(whole.functionCalls);
  const after = await gemini.models.generateContent({
    ...params,
    contents: [
      { role: 'user', parts: [{ text: 'weather?' }] },
      whole.candidates![0]!.content!,
      { role: 'user', parts: [{ functionResponse: { name: 'get_weather', response: { output: 'rain' } } }] },
    ],
  });
  expect(after.text).toBe('The tool answered: rain');
  const forced = {
    functionCallingConfig: { mode: FunctionCallingConfigMode.ANY, allowedFunctionNames: ['get_weather'] },
  };
  const demanded = await gemini.models.generateContent({
    ...params,
    model: 'practice-echo',
    config: { ...config, toolConfig: forced },
  });
  expect(demanded.functionCalls).toHaveLength(1);
});

it('honours candidates, log probabilities, a schema and the largest output', async () => {
  const answer = await gemini.models.generateContent({
    model: 'practice-script',
    contents: 'SAY: one two three',
    config: { candidateCount: 2, maxOutputTokens: 2, responseLogprobs: true, logprobs: 2 },
  });
  expect(answer.candidates?.map(({ content, finishReason }) => [content?.parts?.[0]?.text, finishReason])).toEqual([
    ['one two', 'MAX_TOKENS'],
    ['one two', 'MAX_TOKENS'],
  ]);
  const { chosenCandidates } = answer.candidates![1]!.logprobsResult!;
  expect(chosenCandidates?.map(({ token }) => token)).toEqual(['one', ' two']);
  expect(answer.usageMetadata).toMatchObject({ candidatesTokenCount: 4 });
  const json = await gemini.models.generateContent({
    model: 'practice-json',
    contents: 'x',
    config: { responseMimeType: 'application/json', responseSchema: WEATHER.parameters },
  });
  expect(JSON.parse(json.text!)).toEqual({ city: 'sample city', days: 2 });
});

it('counts tokens, embeds and lists its models', async () => {
  expect((await gemini.models.countTokens({ model: 'practice-echo', contents: 'one two' })).totalTokens).toBe(3);
  const { embeddings } = await gemini.models.embedContent({ model: 'practice-embed', contents: ['a', 'b', 'a'] });
  expect(embeddings).toHaveLength(3);
  expect(embeddings![0]!.values).toHaveLength(8);
  expect(embeddings![0]).toEqual(embeddings![2]);
  expect(embeddings![0]).not.toEqual(embeddings![1]);
  const names: (string | undefined)[] = [];
  for await (const each of await gemini.models.list()) names.push(each.name);
  expect(names).toContain('models/practice-echo');
  const anthropic = new Anthropic({ baseURL: new URL(model.url).origin, apiKey: 'none', maxRetries: 0 });
  const counted = await anthropic.messages.countTokens({
    model: 'practice-echo',
    messages: [{ role: 'user', content: 'one two' }],
  });
  expect(counted).toEqual({ input_tokens: 3 });
});

it('fails in the ways it is told to', async () => {
  const ask = (name: string): Promise<unknown> =>
    gemini.models.generateContent({ model: `practice-${name}`, contents: 'x' });
  const failure: unknown = await ask('error-429').catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(ApiError);
  expect(failure).toMatchObject({ status: 429 });
  await expect(streamed({ model: 'practice-reset', contents: 'x' })).rejects.toThrow();
  await expect(gemini.models.generateContent({ model: 'm', contents: [] })).rejects.toThrow();
});

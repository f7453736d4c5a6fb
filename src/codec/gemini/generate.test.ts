import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import type { RequestAddress } from '../surface.ts';
import { GEMINI_ANSWER, GEMINI_REQUEST } from '../testing/gemini.ts';
import { ROUTING_FIELDS, STATE_FIELDS } from './request.ts';
import { geminiBatchEmbed, geminiCountTokens, geminiEmbed, geminiGenerate } from './surface.ts';

const AT: RequestAddress = { model: 'gemini-x', method: 'generateContent' };
const say = (rest: object = {}): object => ({ contents: [{ role: 'user', parts: [{ text: 'x' }] }], ...rest });
const refused = (at: string): Error => expect.objectContaining({ code: 'request_invalid', at }) as Error;

it('knows each text of a request by its channel', () => {
  const view = geminiGenerate.readRequest(structuredClone(GEMINI_REQUEST), AT);
  const channel = (path: string): string | undefined => view.segments.find((each) => each.path === path)?.channel;
  expect(channel('/systemInstruction/parts/0/text')).toBe('system');
  expect(channel('/contents/0/parts/0/text')).toBe('user');
  expect(channel('/contents/0/parts/3/fileData/fileUri')).toBe('user');
  expect(channel('/contents/1/parts/0/text')).toBe('assistant');
  expect(channel('/contents/1/parts/1/functionCall/args/list/0')).toBe('tool_argument');
  expect(channel('/contents/1/parts/2/executableCode/code')).toBe('tool_argument');
  expect(channel('/contents/1/parts/3/codeExecutionResult/output')).toBe('tool_result');
  expect(channel('/contents/2/parts/0/functionResponse/response/result')).toBe('tool_result');
  expect(channel('/contents/3/parts/text')).toBe('user');
  expect(channel('/tools/0/functionDeclarations/0/parameters/properties/to/description')).toBe('tool_description');
  expect(channel('/labels/team')).toBe('metadata');
  expect([...view.uninspected].sort()).toEqual(['audio', 'encrypted', 'image', 'video']);
  expect(view).toMatchObject({ model: 'gemini-x', maxOutputTokens: 100, n: 2, stream: false, capabilities: [] });
  expect(view.systemPrompts).toEqual(['You are terse.']);
  expect(view.conversationKey).toBe('system 14 14:You are terse.user 13 13:What is this?');
  expect(view.responseSchema).toEqual({
    type: 'object',
    title: 'T',
    properties: { a: { type: ['integer', 'null'] } },
  });
});

it('reads both spellings alike, and refuses both at once or a third', () => {
  const system = { parts: [{ text: 'Be kind.' }] };
  const snake = geminiGenerate.readRequest(
    say({
      system_instruction: system,
      generation_config: { max_output_tokens: 7, candidate_count: 3, response_json_schema: { type: 'object' } },
      cached_content: 'cachedContents/1',
    }),
    AT,
  );
  expect(snake).toMatchObject({ maxOutputTokens: 7, n: 3, capabilities: ['stored_state'] });
  expect(snake.systemPrompts).toEqual(['Be kind.']);
  expect(snake.responseSchema).toEqual({ type: 'object' });
  for (const [body, at] of [
    [{ systemInstruction: system, system_instruction: system }, 'systemInstruction'],
    [{ SystemInstruction: system }, 'systemInstruction'],
    [{ generationConfig: { maxOutputTokens: 1, max_output_tokens: 9 } }, 'generationConfig.maxOutputTokens'],
    [{ contents: [{ parts: [{ inlineData: {}, inline_data: {} }] }] }, 'contents[0].parts[0].inlineData'],
    [{ tools: [{ google_Search: {} }] }, 'tools[0].googleSearch'],
  ] as const) {
    expect(() => geminiGenerate.readRequest(say(body), AT), at).toThrow(refused(at));
  }
  // Names in free maps are the caller's own.
  const args = { userName: 'a', user_name: 'b' };
  expect(() =>
    geminiGenerate.readRequest(
      say({ contents: [{ role: 'model', parts: [{ functionCall: { name: 'f', args } }] }] }),
      AT,
    ),
  ).not.toThrow();
});

it.each([
  [{ contents: [] }, 'contents'],
  [{ contents: 'hello' }, 'contents[0]'],
  [{ contents: [{ parts: ['hello'] }] }, 'contents[0].parts[0]'],
  [{ generationConfig: { candidateCount: '5' } }, 'generationConfig.candidateCount'],
  [{ generationConfig: { maxOutputTokens: 0 } }, 'generationConfig.maxOutputTokens'],
  [{ generationConfig: 7 }, 'generationConfig'],
  [{ tools: ['x'] }, 'tools[0]'],
  [{ model: 'models/another' }, 'model'],
])('names the place of what is wrong: %j', (body, at) => {
  expect(() => geminiGenerate.readRequest(say(body), AT)).toThrow(refused(at));
});

it('streams as Server-Sent Events only', () => {
  const address = { model: 'm', method: 'streamGenerateContent' };
  expect(() => geminiGenerate.readRequest(say(), address)).toThrow(refused('alt'));
  expect(geminiGenerate.readRequest(say(), { ...address, alt: 'sse' }).stream).toBe(true);
  expect(geminiGenerate.upstreamPath('m', true)).toBe('/models/m:streamGenerateContent?alt=sse');
  expect(geminiGenerate.upstreamPath('../v1/x?key=1#', false)).toBe('/models/..%2Fv1%2Fx%3Fkey%3D1%23:generateContent');
  expect(() => geminiGenerate.upstreamPath('..', false)).toThrow(AncileError);
});

const HOSTED = [
  'googleSearch',
  'googleSearchRetrieval',
  'google_maps',
  'codeExecution',
  'urlContext',
  'fileSearch',
  'newTool',
];
const MCP = { mcpServers: [{ name: 's', streamableHttpTransport: { url: 'https://x.example' } }] };
const asked: [rest: object, capabilities: string[]][] = [
  [{ tools: [{ functionDeclarations: [{ name: 'f' }] }] }, []],
  [{ tools: [{ computerUse: { environment: 'ENVIRONMENT_BROWSER' } }] }, []],
  [{ tools: { google_search: {} } }, ['hosted_tool']],
  [{ tools: [MCP] }, ['caller_tool_server']],
];
for (const name of HOSTED) asked.push([{ tools: [{ [name]: {} }] }, ['hosted_tool']]);
for (const name of ROUTING_FIELDS) asked.push([{ generationConfig: { [name]: { mode: 'x' } } }, ['hosted_tool']]);
for (const name of STATE_FIELDS) asked.push([{ [name]: 'x' }, ['stored_state']]);

it.each(asked)('sees what the provider is asked to do unseen: %j', (rest, capabilities) => {
  expect(geminiGenerate.readRequest(say(rest), AT).capabilities).toEqual(capabilities);
});

it('names the upstream model wherever a body names one, and asks for whole calls', () => {
  const body = say({
    model: 'models/gemini-x',
    tool_config: { function_calling_config: { mode: 'ANY', stream_function_call_arguments: true } },
  });
  for (const model of ['gemini-y', 'gemini-z']) {
    geminiGenerate.prepareUpstream(body, model);
    expect(body).toMatchObject({ model: `models/${model}`, tool_config: { function_calling_config: { mode: 'ANY' } } });
    expect(JSON.stringify(body)).not.toContain('stream_function');
  }
  const bare = say();
  geminiGenerate.prepareUpstream(bare, 'gemini-y');
  expect(bare).toEqual(say());
});

it('reads an answer: texts, usage, how it ended', () => {
  const body = structuredClone(GEMINI_ANSWER);
  const view = geminiGenerate.readResponse(body);
  expect(view.usage).toEqual({ inputTokens: 10, outputTokens: 7 });
  expect(view.finishReasons).toEqual(['STOP', 'MAX_TOKENS']);
  expect(view.segments.find(({ text }) => text === 'Bonjour, monde')?.path).toBe('/candidates/0/content/parts/1/text');
  expect(view.segments.find(({ path }) => path.endsWith('/functionCall/args/to'))?.channel).toBe('tool_argument');
  expect(JSON.stringify(body)).toContain('"chosenCandidates":[{"token":"Bon","logProbability":-0.5}');
  const blocked = {
    promptFeedback: { blockReason: 'SAFETY' },
    usageMetadata: { promptTokenCount: 3, totalTokenCount: 3 },
  };
  expect(geminiGenerate.readResponse(blocked)).toMatchObject({
    finishReasons: ['SAFETY'],
    usage: { inputTokens: 3, outputTokens: 0 },
  });
  for (const wrong of [7, [], {}, { candidates: [1] }, { candidates: [{ content: { parts: {} } }] }]) {
    expect(() => geminiGenerate.readResponse(wrong)).toThrow(AncileError);
  }
});

it('drops the copies of what a redaction changed, and keeps the rest', () => {
  const body = structuredClone(GEMINI_ANSWER);
  geminiGenerate.readResponse(body);
  const path = '/candidates/0/content/parts/1/text';
  geminiGenerate.redact(body, [{ path, text: 'Bon****, monde', spans: [{ start: 3, end: 7 }] }]);
  const text = JSON.stringify(body);
  expect(text).not.toContain('jour');
  expect(text).toContain('"token":"Bon"');
  expect(text).toContain('"startIndex":0,"endIndex":7}');
  geminiGenerate.redact(body, [{ path, text: 'all anew' }]);
  expect(JSON.stringify(body)).not.toContain('"token"');
});

it('asks again with the answer and the complaint', () => {
  const body = say({ generationConfig: { maxOutputTokens: 5 } });
  const before = structuredClone(body);
  expect(geminiGenerate.reask!(body, GEMINI_ANSWER, 'Answer in JSON.')).toEqual({
    contents: [
      { role: 'user', parts: [{ text: 'x' }] },
      { role: 'model', parts: [{ text: 'Bonjour' }, { text: ', monde' }] },
      { role: 'user', parts: [{ text: 'Answer in JSON.' }] },
    ],
    generationConfig: { maxOutputTokens: 5 },
  });
  expect(body).toEqual(before);
});

it('counts tokens of contents or of a whole request', () => {
  const at = { model: 'gemini-x', method: 'countTokens' };
  expect(geminiCountTokens.readRequest(say(), at)).toMatchObject({ maxOutputTokens: 0, n: 1, stream: false });
  const whole = { generateContentRequest: { ...GEMINI_REQUEST, tools: [{ googleSearch: {} }] } };
  const view = geminiCountTokens.readRequest(structuredClone(whole), at);
  expect(view.capabilities).toEqual(['hosted_tool']);
  expect(view.systemPrompts).toEqual(['You are terse.']);
  const other = { generateContentRequest: { ...GEMINI_REQUEST, model: 'models/other' } };
  expect(() => geminiCountTokens.readRequest(structuredClone(other), at)).toThrow(refused('model'));
  expect(() => geminiCountTokens.readRequest({ ...say(), ...structuredClone(whole) }, at)).toThrow(refused('contents'));
  const body = structuredClone(whole);
  geminiCountTokens.prepareUpstream(body, 'y');
  expect(body.generateContentRequest.model).toBe('models/y');
  const answer = { totalTokens: 3, promptTokensDetails: [{ modality: 'TEXT', tokenCount: 3 }] };
  expect(geminiCountTokens.readResponse(answer)).toMatchObject({
    segments: [],
    usage: { inputTokens: 0, outputTokens: 0 },
  });
  expect(() => geminiCountTokens.readResponse({})).toThrow(AncileError);
});

it('embeds one text or many', () => {
  const at = { model: 'e' };
  const one = { model: 'models/e', content: { parts: [{ text: 'a' }] }, taskType: 'RETRIEVAL_QUERY', title: 't' };
  expect(geminiEmbed.readRequest(one, at).segments.map(({ text, channel }) => [text, channel])).toEqual([
    ['a', 'user'],
    ['t', 'user'],
  ]);
  const batch = { requests: [one, { ...one, content: { parts: { text: 'b' } } }] };
  expect(geminiBatchEmbed.readRequest(structuredClone(batch), at)).toMatchObject({ model: 'e', maxOutputTokens: 0 });
  expect(() => geminiBatchEmbed.readRequest({ requests: [{ ...one, model: 'models/f' }] }, at)).toThrow(
    refused('model'),
  );
  expect(() => geminiBatchEmbed.readRequest({ requests: [] }, at)).toThrow(refused('requests'));
  expect(() => geminiEmbed.readRequest({ content: 'a' }, at)).toThrow(refused('content'));
  geminiBatchEmbed.prepareUpstream(batch, 'g');
  expect(batch.requests[0]!.model).toBe('models/g');
  expect(geminiBatchEmbed.upstreamPath('g', false)).toBe('/models/g:batchEmbedContents');
  const answer = { embeddings: [{ values: [0.1, -0.2] }], note: 'words' };
  expect(geminiBatchEmbed.readResponse(answer).segments.map(({ text }) => text)).toEqual(['words']);
  const card = { embedding: { values: [0.1, 4111111111111111] } };
  expect(geminiEmbed.readResponse(card).segments.map(({ text }) => text)).toEqual(['4111111111111111']);
});

it('renders errors in the shape of Google', () => {
  const { status, headers, body } = geminiGenerate.renderError(
    new AncileError('budget_exceeded', 'the budget of the day is spent', { at: 'model' }),
  );
  expect(status).toBe(429);
  expect(headers['x-should-retry']).toBe('false');
  expect(JSON.parse(body)).toMatchObject({
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'model: the budget of the day is spent',
      details: [{ reason: 'BUDGET_EXCEEDED' }],
    },
  });
  expect(geminiGenerate.renderStreamError({ code: 'internal', message: 'a secret' })).not.toContain('a secret');
});

it('one model has one name, however often its prefix is written', () => {
  const address = { model: 'models/models/m', method: 'generateContent' };
  expect(geminiGenerate.readRequest(say(), address).model).toBe('m');
  expect(geminiGenerate.upstreamPath('models/models/m', false)).toBe('/models/m:generateContent');
});

it('looks for copies of the text within bounds', () => {
  const text = 'a'.repeat(100_000);
  const segment = { text: `${'a'.repeat(50)}b` };
  const groundingSupports = Array.from({ length: 2000 }, () => ({ segment: { ...segment } }));
  groundingSupports.unshift({ segment: { text: 'aaa' } });
  groundingSupports.push({ segment: { text: 'aaa' } });
  const body = { candidates: [{ content: { parts: [{ text }] }, groundingMetadata: { groundingSupports } }] };
  geminiGenerate.readResponse(body);
  expect(groundingSupports[0]).toEqual({ segment: { text: 'aaa' } });
  // What was not looked for is not passed on.
  expect(groundingSupports.at(-1)).toEqual({ segment: {} });
});

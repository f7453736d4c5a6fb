// What a Responses request asks for, what its answer says, and what of either goes on.
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import { RESPONSES_ANSWER, RESPONSES_REQUEST } from '../testing/responses.ts';
import { HOSTED_FIELDS } from './chat-request.ts';
import { RESPONSES_STATE_FIELDS } from './responses-request.ts';
import { openaiChat, openaiResponses } from './surface.ts';

const say = (rest: object = {}): object => ({ model: 'm', input: 'x', ...rest });
const items = (...input: object[]): object => ({ model: 'm', input });

it('knows each text of a request by its channel', () => {
  const view = openaiResponses.readRequest(RESPONSES_REQUEST);
  const channel = (path: string): string | undefined => view.segments.find((each) => each.path === path)?.channel;
  expect(channel('/instructions')).toBe('system');
  expect(channel('/input/0/content')).toBe('system');
  expect(channel('/input/1/content/0/text')).toBe('user');
  expect(channel('/input/1/content/1/image_url')).toBe('user');
  expect(channel('/input/1/content/2/file_data')).toBeUndefined();
  expect(channel('/input/2/content/0/text')).toBe('assistant');
  expect(channel('/input/3/summary/0/text')).toBe('assistant');
  expect(channel('/input/4/arguments#/city')).toBe('tool_argument');
  expect(channel('/input/5/output')).toBe('tool_result');
  expect(channel('/input/6/output/0/text')).toBe('tool_result');
  expect(channel('/input/7/input')).toBe('tool_argument');
  expect(channel('/input/10/output')).toBe('tool_result');
  expect(channel('/input/12/results/0/text')).toBe('document');
  expect(channel('/tools/0/parameters/properties/city/description')).toBe('tool_description');
  expect(channel('/text/format/schema/title')).toBe('tool_description');
  expect(channel('/metadata/team')).toBe('metadata');
  expect(channel('/model')).toBeUndefined();
  expect(view).toMatchObject({ model: 'gpt-5', stream: true, n: 1, maxOutputTokens: 50, includeUsage: true });
  expect(view).toMatchObject({ capabilities: [], responseSchema: { title: 'T' } });
  expect([...view.uninspected].sort()).toEqual(['encrypted', 'file', 'image']);
  expect(view.systemPrompts).toEqual(['You are terse.', 'Answer in French.']);
  expect(openaiResponses.readRequest(say()).segments).toMatchObject([{ path: '/input', channel: 'user', text: 'x' }]);
});

it.each([
  [{ ...say(), model: 7 }, 'model'],
  [{ ...say(), input: 7 }, 'input'],
  [items(['x'] as unknown as object), 'input[0]'],
  [items({ role: 'user', content: [7] }), 'input[0].content[0]'],
  [items({ role: 'user', content: 7 }), 'input[0].content'],
  [say({ stream: 'yes' }), 'stream'],
  [say({ store: 'no' }), 'store'],
  [say({ max_output_tokens: 1.5 }), 'max_output_tokens'],
  [say({ tools: [null] }), 'tools[0]'],
  [say({ tools: [{ type: 'namespace', tools: [7] }] }), 'tools[0].tools[0]'],
  [say({ text: { format: { schema: 'x' } } }), 'text.format.schema'],
  [[], 'the request body'],
])('names the place of what is wrong: %j', (body, at) => {
  expect(() => openaiResponses.readRequest(body)).toThrow(
    expect.objectContaining({ code: 'request_invalid', at }) as Error,
  );
});

it.each([...RESPONSES_STATE_FIELDS, ...HOSTED_FIELDS, 'tools', 'input'])('refuses %s in another case', (name) => {
  const variant = name[0]!.toUpperCase() + name.slice(1);
  expect(() => openaiResponses.readRequest(say({ [variant]: true }))).toThrow(
    expect.objectContaining({ code: 'request_invalid', at: `/${name}` }) as Error,
  );
});

const tool = (rest: object): object => say({ tools: [rest] });

it.each([
  [say({ store: true }), ['stored_state']],
  [say({ store: false, previous_response_id: null }), []],
  [say({ previous_response_id: 'r' }), ['stored_state']],
  [say({ conversation: { id: 'c' } }), ['stored_state']],
  [say({ background: true }), ['stored_state']],
  [say({ prompt: { id: 'p' } }), ['stored_state']],
  [items({ type: 'item_reference', id: 'msg_1' }), ['stored_state']],
  [items({ id: 'msg_1' }), ['stored_state']],
  [items({ type: 'reasoning', id: 'rs_1', summary: [] }), ['stored_state']],
  [items({ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'Z0FB' }), []],
  [items({ type: 'reasoning', summary: [] }), []],
  [items({ type: 'image_generation_call', id: 'ig_1' }), ['stored_state']],
  [tool({ type: 'function', name: 'f' }), []],
  [tool({ type: 'custom', name: 'f' }), []],
  [tool({ type: 'local_shell' }), []],
  [tool({ type: 'apply_patch' }), []],
  [tool({ type: 'computer_use_preview', display_width: 1 }), []],
  [tool({ type: 'shell', environment: { type: 'local' } }), []],
  [tool({ type: 'shell' }), ['hosted_tool']],
  [tool({ type: 'shell', environment: { type: 'container_auto' } }), ['hosted_tool']],
  [tool({ type: 'shell', environment: { type: 'container_reference' } }), ['hosted_tool', 'stored_state']],
  [tool({ type: 'web_search' }), ['hosted_tool']],
  [tool({ type: 'file_search', vector_store_ids: ['v'] }), ['hosted_tool']],
  [tool({ type: 'code_interpreter', container: { type: 'auto' } }), ['hosted_tool']],
  [tool({ type: 'code_interpreter', container: 'cntr_1' }), ['hosted_tool', 'stored_state']],
  [tool({ type: 'image_generation' }), ['hosted_tool']],
  [tool({ type: 'tool_search', execution: 'client' }), []],
  [tool({ type: 'tool_search' }), ['hosted_tool']],
  [tool({ type: 'a_new_one' }), ['hosted_tool']],
  [tool({}), ['hosted_tool']],
  [tool({ type: 'mcp', server_url: 'https://x.example' }), ['caller_tool_server']],
  [tool({ type: 'mcp', connector_id: 'connector_gmail' }), ['caller_tool_server']],
  [tool({ type: 'namespace', tools: [{ type: 'function' }] }), []],
  [tool({ type: 'namespace', tools: [{ type: 'mcp' }] }), ['caller_tool_server']],
  [items({ type: 'additional_tools', role: 'developer', tools: [{ type: 'mcp' }] }), ['caller_tool_server']],
  [items({ type: 'message', role: 'developer', tools: [{ type: 'web_search' }] }), ['hosted_tool']],
])('sees what the provider is asked to do unseen: %j', (body, capabilities) => {
  expect(openaiResponses.readRequest(body).capabilities).toEqual(capabilities);
});

it('has nothing kept for a caller who asks for no state', () => {
  const prepare = (rest: object): object => {
    const body = say(rest);
    openaiResponses.prepareUpstream(body, 'their-name');
    openaiResponses.prepareUpstream(body, 'their-name');
    return body;
  };
  expect(prepare({})).toEqual({ model: 'their-name', input: 'x', store: false });
  expect(prepare({ store: null })).toMatchObject({ store: false });
  expect(prepare({ store: true })).toMatchObject({ store: true });
  // Who leans on state was let through by a policy, and keeps his own word.
  expect(prepare({ background: true })).not.toHaveProperty('store');
});

it('says what it cannot read', () => {
  const uninspected = (...input: object[]): readonly string[] =>
    openaiResponses.readRequest(items(...input)).uninspected;
  const part = (rest: object): object => ({ role: 'user', content: [rest] });
  expect(uninspected(part({ type: 'input_image', file_id: 'f' }))).toEqual(['image']);
  expect(uninspected(part({ type: 'input_file', file_url: 'https://a.example' }))).toEqual(['file']);
  expect(uninspected(part({ type: 'input_audio', input_audio: { data: 'x', format: 'wav' } }))).toEqual(['audio']);
  expect(uninspected(part({ type: 'input_novelty' }))).toEqual(['unknown']);
  expect(uninspected({ type: 'a_new_item', text: 'x' })).toEqual(['unknown']);
  expect(uninspected({ type: 'compaction', encrypted_content: 'Z0FB' })).toEqual(['encrypted']);
  expect(uninspected({ type: 'computer_call_output', output: { type: 'computer_screenshot' } })).toEqual(['image']);
});

it('reads an answer: texts, usage, how it ended, and not the request again', () => {
  const answer = structuredClone(RESPONSES_ANSWER) as Record<string, unknown>;
  const view = openaiResponses.readResponse(answer);
  expect(view.usage).toEqual({ inputTokens: 10, outputTokens: 4 });
  expect(view.finishReasons).toEqual(['completed']);
  const channel = (path: string): string | undefined => view.segments.find((each) => each.path === path)?.channel;
  expect(channel('/output/0/summary/0/text')).toBe('output');
  expect(channel('/output/1/action/query')).toBe('tool_argument');
  expect(channel('/output/1/action/sources/0/url')).toBe('tool_result');
  expect(channel('/output/2/outputs/0/logs')).toBe('tool_result');
  expect(channel('/output/3/content/0/text')).toBe('output');
  expect(channel('/output/4/arguments#/city')).toBe('tool_argument');
  expect(channel('/output/6/output')).toBe('tool_result');
  expect([...view.uninspected].sort()).toEqual(['encrypted', 'unknown']);
  expect(view.segments.map((each) => each.text)).not.toContain('You are terse.');
  expect(answer).toMatchObject({ instructions: null, tools: [] });
  expect(() => openaiResponses.readResponse({ output: 'x' })).toThrow(AncileError);
  expect(() => openaiResponses.readResponse({ output: ['x'] })).toThrow(AncileError);
});

it('drops the log probabilities of what was redacted, and those that tell another text', () => {
  const entry = (token: string): object => ({ token, logprob: -1, bytes: [...Buffer.from(token)], top_logprobs: [] });
  const answer = (logprobs: object[]): { output: { content: { text: string; logprobs: object[] }[] }[] } => ({
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'a secret', logprobs }] } as never],
  });
  const good = answer([entry('a'), entry(' secret')]);
  openaiResponses.readResponse(good);
  openaiResponses.redact(good, [{ path: '/output/0/content/0/text', text: 'a *', spans: [{ start: 2, end: 8 }] }]);
  expect(good.output[0]!.content[0]).toMatchObject({ text: 'a *', logprobs: [{ token: 'a' }] });
  const lying = answer([entry('another')]);
  openaiResponses.readResponse(lying);
  expect(lying.output[0]!.content[0]!.logprobs).toEqual([]);
});

it('asks once more with the answer and what was wrong with it', () => {
  const answer = {
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'so' }] }, { type: 'reasoning' }],
  };
  const asked = openaiResponses.reask!(say({ text: {} }), answer, 'no JSON');
  expect(asked).toEqual({
    model: 'm',
    text: {},
    input: [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: 'so' },
      { role: 'user', content: 'no JSON' },
    ],
  });
  const body = items({ role: 'user', content: 'x' });
  const again = openaiResponses.reask!(body, { output: [] }, 'no JSON') as { input: unknown[] };
  expect(again.input).toHaveLength(2);
  expect(body).toEqual(items({ role: 'user', content: 'x' }));
  expect(openaiResponses.readRequest(again).segments.map(({ channel }) => channel)).toEqual(['user', 'user']);

  const chat = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
  const told = openaiChat.reask!(chat, { choices: [{ message: { content: 'so' } }] }, 'no JSON');
  expect(told).toEqual({
    model: 'm',
    messages: [...chat.messages, { role: 'assistant', content: 'so' }, { role: 'user', content: 'no JSON' }],
  });
  expect(chat.messages).toHaveLength(1);
});

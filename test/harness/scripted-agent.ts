// An agent as applications write it, unmodified, and a model that proposes what a test says: by chat completions, whole or streamed.
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type OpenAI from 'openai';
import { openaiClient } from './clients.ts';
import { saidBy } from './mcp.ts';
import type { TestServer } from './server.ts';
import { type TestUpstream, beginStream, sendJson, startUpstream } from './upstream.ts';

export interface ScriptedCall {
  readonly name: string;
  readonly arguments: unknown;
}
export type Message = Record<string, unknown>;
/** What the model proposes, by what it was told. */
export type Plan = (messages: readonly Message[]) => readonly ScriptedCall[];

function toToolCalls(calls: readonly ScriptedCall[]): unknown[] {
  return calls.map((call, index) => ({
    id: `call_${index}_${Math.random().toString(36).slice(2)}`,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }));
}

/** A model that does as the plan says at the time. */
export function startScriptedModel(plan: () => Plan): Promise<TestUpstream> {
  return startUpstream((response, { body }) => {
    const calls = plan()(body['messages'] as Message[]);
    const common = { id: 'chatcmpl-1', created: 1, model: 'm' };
    if (body['stream'] === true) {
      const write = beginStream(response);
      const chunk = (delta: object, finish: string | null = null): void =>
        write(
          `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
        );
      chunk({ role: 'assistant', content: 'Well. ' });
      for (const [index, call] of toToolCalls(calls).entries()) {
        const { function: inner, ...rest } = call as { function: { name: string; arguments: string } };
        chunk({ tool_calls: [{ index, ...rest, function: { name: inner.name, arguments: '' } }] });
        for (const piece of inner.arguments.match(/.{1,7}/gs) ?? []) {
          chunk({ tool_calls: [{ index, function: { arguments: piece } }] });
        }
      }
      chunk({}, calls.length > 0 ? 'tool_calls' : 'stop');
      write('data: [DONE]\n\n');
      response.end();
      return;
    }
    const message = {
      role: 'assistant',
      content: calls.length > 0 ? null : 'Done.',
      ...(calls.length > 0 ? { tool_calls: toToolCalls(calls) } : {}),
    };
    sendJson(response, {
      ...common,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: calls.length > 0 ? 'tool_calls' : 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    });
  });
}

/** An unmodified agent: asks the model, calls what it proposes, until it proposes nothing. */
export async function runAgent(
  { address, key }: Pick<TestServer, 'address'> & { readonly key: string },
  prompt: unknown,
  tools: Client,
  stream = false,
): Promise<{ messages: Message[]; said: string }> {
  const client = openaiClient({ address, key });
  const messages: Message[] = [{ role: 'user', content: prompt }];
  for (let turn = 0; turn < 6; turn++) {
    const request = { model: 'gpt', messages: messages as unknown as OpenAI.ChatCompletionMessageParam[] };
    const completion = stream
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    const { message } = completion.choices[0]!;
    messages.push(message as unknown as Message);
    if (message.tool_calls === undefined || message.tool_calls.length === 0)
      return { messages, said: message.content ?? '' };
    for (const call of message.tool_calls) {
      if (call.type !== 'function') continue;
      const result = await tools.callTool({
        name: call.function.name,
        arguments: JSON.parse(call.function.arguments) as Message,
      });
      messages.push({ role: 'tool', tool_call_id: call.id, content: saidBy(result) });
    }
  }
  throw new Error('the agent does not come to an end');
}

// Tool calls of Chat Completions.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import { parseArguments, textOf, toMessageItems } from '../tool-text.ts';
import type { HistoryItem, ProposedToolCall, ToolWire } from '../tool-wire.ts';

function readCall(body: unknown): ProposedToolCall {
  const call = isObject(body) ? body : {};
  // A legacy function call has no id and no envelope; a custom tool has a text for its input.
  const inner = [call['function'], call['custom']].find(isObject) ?? call;
  const input = inner['arguments'] ?? (typeof inner['input'] === 'string' ? { input: inner['input'] } : inner['input']);
  return { id: String(call['id'] ?? ''), name: String(inner['name'] ?? ''), arguments: parseArguments(input) };
}

function callsOf(message: Json): unknown[] {
  const list = Array.isArray(message['tool_calls']) ? (message['tool_calls'] as unknown[]) : [];
  return isObject(message['function_call']) ? [...list, message['function_call']] : list;
}

function toItems(message: unknown): HistoryItem[] {
  if (!isObject(message)) return [];
  const text = textOf(message['content']);
  switch (message['role']) {
    case 'tool':
      return [{ kind: 'result', id: String(message['tool_call_id'] ?? ''), text }];
    case 'function':
      return [{ kind: 'result', id: String(message['name'] ?? ''), text }];
    case 'assistant':
      return [
        ...(text === '' ? [] : [{ kind: 'assistant' as const, text }]),
        ...callsOf(message)
          .map(readCall)
          .map((call) => ({ kind: 'call' as const, ...call, id: call.id === '' ? call.name : call.id })),
      ];
    default:
      return toMessageItems(message['role'], message['content']);
  }
}

function choicesOf(answer: unknown): Json[] {
  const choices = isObject(answer) ? answer['choices'] : undefined;
  return Array.isArray(choices) ? (choices as unknown[]).filter(isObject) : [];
}

const messageOf = (choice: Json): Json => (isObject(choice['message']) ? choice['message'] : {});

function dropFrom(choice: Json, toNote: (call: ProposedToolCall) => string | undefined): void {
  const message = messageOf(choice);
  const notes: string[] = [];
  const stays = (body: unknown): boolean => {
    const note = toNote(readCall(body));
    if (note !== undefined) notes.push(note);
    return note === undefined;
  };
  if (Array.isArray(message['tool_calls'])) message['tool_calls'] = (message['tool_calls'] as unknown[]).filter(stays);
  if (isObject(message['function_call']) && !stays(message['function_call'])) delete message['function_call'];
  if (notes.length === 0) return;
  message['content'] = [textOf(message['content']), ...notes].filter((text) => text !== '').join('\n');
  // What its log probabilities spelled is another text now.
  delete choice['logprobs'];
  if (callsOf(message).length > 0) return;
  delete message['tool_calls'];
  choice['finish_reason'] = 'stop';
}

export const chatTools: ToolWire = {
  readHistory: (body) =>
    isObject(body) && Array.isArray(body['messages']) ? (body['messages'] as unknown[]).flatMap(toItems) : [],
  readCalls: (answer) => choicesOf(answer).flatMap((choice) => callsOf(messageOf(choice)).map(readCall)),
  readCall,
  dropCalls(answer, toNote) {
    for (const choice of choicesOf(answer)) dropFrom(choice, toNote);
  },
};

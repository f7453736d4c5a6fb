// Tool calls of the Responses API.
import { isObject, type Json } from '../checks.ts';
import { parseArguments, textOf } from '../tool-text.ts';
import type { HistoryItem, ProposedToolCall, ToolWire } from '../tool-wire.ts';

const CALLS = new Set(['function_call', 'custom_tool_call']);
const RESULTS = new Set(['function_call_output', 'custom_tool_call_output']);

const isCall = (item: unknown): item is Json => isObject(item) && CALLS.has(String(item['type']));

function readCall(body: unknown): ProposedToolCall {
  const item = isObject(body) ? body : {};
  const input = item['arguments'] ?? (item['input'] === undefined ? undefined : { input: item['input'] });
  return {
    id: String(item['call_id'] ?? item['id'] ?? ''),
    name: String(item['name'] ?? ''),
    arguments: parseArguments(input),
  };
}

function toItem(item: unknown): HistoryItem[] {
  if (!isObject(item)) return [];
  if (isCall(item)) return [{ kind: 'call', ...readCall(item) }];
  if (RESULTS.has(String(item['type'])))
    return [{ kind: 'result', id: String(item['call_id'] ?? ''), text: textOf(item['output']) }];
  const text = textOf(item['content']);
  if (text === '') return [];
  const role = item['role'];
  return [
    { kind: role === 'assistant' ? 'assistant' : role === 'system' || role === 'developer' ? 'system' : 'user', text },
  ];
}

function outputOf(answer: unknown): unknown[] {
  const output = isObject(answer) ? answer['output'] : undefined;
  return Array.isArray(output) ? (output as unknown[]) : [];
}

export const responsesTools: ToolWire = {
  readHistory(body) {
    if (!isObject(body)) return [];
    const { instructions, input } = body;
    const items: HistoryItem[] =
      typeof instructions === 'string' && instructions !== '' ? [{ kind: 'system', text: instructions }] : [];
    if (typeof input === 'string') return [...items, { kind: 'user', text: input }];
    return Array.isArray(input) ? [...items, ...(input as unknown[]).flatMap(toItem)] : items;
  },
  readCalls: (answer) => outputOf(answer).filter(isCall).map(readCall),
  readCall,
  dropCalls(answer, toNote) {
    if (!isObject(answer)) return;
    answer['output'] = outputOf(answer).map((item) => {
      const note = isCall(item) ? toNote(readCall(item)) : undefined;
      if (note === undefined) return item;
      return {
        type: 'message',
        id: `msg_${String((item as Json)['id'] ?? '')
          .replace(/[^\w-]/g, '')
          .slice(0, 60)}`,
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: note, annotations: [] }],
      };
    });
  },
};

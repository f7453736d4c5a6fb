// Tool calls of the Responses API.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import { parseArguments, textOf, toMessageItems } from '../tool-text.ts';
import type { HistoryItem, ProposedToolCall, ToolWire } from '../tool-wire.ts';

/** Calls that the provider itself has made: there is nothing to hold back. */
const MADE = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_call',
]);

const typeOf = (item: Json): string => String(item['type'] ?? 'message');

const isCall = (item: unknown): item is Json =>
  isObject(item) && typeOf(item).endsWith('_call') && !MADE.has(typeOf(item));

function readCall(body: unknown): ProposedToolCall {
  const item = isObject(body) ? body : {};
  const input = item['arguments'] ?? (item['input'] === undefined ? undefined : { input: item['input'] });
  return {
    id: String(item['call_id'] ?? item['id'] ?? ''),
    // A shell, a patch, a computer: the call is named by its type.
    name: String(item['name'] ?? typeOf(item).replace(/_call$/, '')),
    arguments: parseArguments(input ?? item['action'] ?? item['operation']),
  };
}

function toItem(item: unknown): HistoryItem[] {
  if (!isObject(item)) return [];
  if (isCall(item)) return [{ kind: 'call', ...readCall(item) }];
  const type = typeOf(item);
  if (type.endsWith('_call_output')) {
    return [{ kind: 'result', id: String(item['call_id'] ?? ''), text: textOf(item['output']) }];
  }
  if (type === 'reasoning') return [];
  // Whatever else there is came from somewhere else.
  if (type !== 'message') return [{ kind: 'result', id: '', text: JSON.stringify(item) }];
  return toMessageItems(item['role'], item['content']);
}

function outputOf(answer: unknown): unknown[] {
  const output = isObject(answer) ? answer['output'] : undefined;
  return Array.isArray(output) ? (output as unknown[]) : [];
}

/** The message that stands in the place of a call. */
export function toNoteItem(item: Json, note: string): Json {
  const id = String(item['id'] ?? '').replace(/[^\w-]/g, '');
  return {
    type: 'message',
    id: `msg_${id.slice(0, 60)}`,
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: note, annotations: [] }],
  };
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
      return toNoteItem(item as Json, note);
    });
  },
};

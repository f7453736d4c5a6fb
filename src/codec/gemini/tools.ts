// Tool calls of generateContent. Its calls often have no id: a result belongs to the call of its name.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import { parseArguments, toMessageItems } from '../tool-text.ts';
import type { HistoryItem, ProposedToolCall, ToolWire } from '../tool-wire.ts';

/** A member in either of the spellings that the API takes. */
const member = (holder: Json, camel: string, snake: string): unknown => holder[camel] ?? holder[snake];

function callIn(part: unknown): Json | undefined {
  const call = isObject(part) ? member(part, 'functionCall', 'function_call') : undefined;
  return isObject(call) ? call : undefined;
}

function readCall(body: unknown): ProposedToolCall {
  const call = callIn(body) ?? (isObject(body) ? body : {});
  const name = String(call['name'] ?? '');
  return { id: String(call['id'] ?? name), name, arguments: parseArguments(call['args']) };
}

function partsOf(content: unknown): unknown[] {
  const parts = isObject(content) ? content['parts'] : undefined;
  return Array.isArray(parts) ? (parts as unknown[]) : isObject(parts) ? [parts] : [];
}

function toItems(content: unknown): HistoryItem[] {
  const role = isObject(content) ? content['role'] : undefined;
  const texts: string[] = [];
  const others = partsOf(content).flatMap((part): HistoryItem[] => {
    if (!isObject(part)) return [];
    if (callIn(part) !== undefined) return [{ kind: 'call', ...readCall(part) }];
    const result = member(part, 'functionResponse', 'function_response');
    if (isObject(result)) {
      const id = String(result['id'] ?? result['name'] ?? '');
      return [{ kind: 'result', id, text: JSON.stringify(result['response'] ?? '') }];
    }
    const text = part['text'];
    if (typeof text !== 'string') return [{ kind: 'result', id: '', text: JSON.stringify(part) }];
    if (part['thought'] !== true) texts.push(text);
    return [];
  });
  // The texts of a message are one, after what came beside them: a mark in one may end in another.
  return texts.length === 0 ? others : [...others, ...toMessageItems(role ?? 'user', texts.join('\n'))];
}

function candidatesOf(answer: unknown): Json[] {
  const candidates = isObject(answer) ? answer['candidates'] : undefined;
  return Array.isArray(candidates) ? (candidates as unknown[]).filter(isObject) : [];
}

export const generateTools: ToolWire = {
  readHistory(body) {
    if (!isObject(body)) return [];
    const instruction = partsOf(member(body, 'systemInstruction', 'system_instruction'))
      .flatMap((part) => (isObject(part) && typeof part['text'] === 'string' ? [part['text']] : []))
      .join('\n');
    const system: HistoryItem[] = instruction === '' ? [] : [{ kind: 'system', text: instruction }];
    const { contents } = body;
    const list: unknown[] = Array.isArray(contents) ? (contents as unknown[]) : [contents];
    return [...system, ...list.flatMap(toItems)];
  },
  readCalls: (answer) =>
    candidatesOf(answer).flatMap(({ content }) =>
      partsOf(content)
        .filter((part) => callIn(part) !== undefined)
        .map(readCall),
    ),
  readCall,
  dropCalls(answer, toNote) {
    for (const { content } of candidatesOf(answer)) {
      if (!isObject(content)) continue;
      content['parts'] = partsOf(content).map((part) => {
        const note = callIn(part) === undefined ? undefined : toNote(readCall(part));
        return note === undefined ? part : { text: note };
      });
    }
  },
};

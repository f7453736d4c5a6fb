// Tool calls of Messages.
import { isObject } from '../../base/index.ts';
import type { Json } from '../checks.ts';
import { parseArguments, textOf, toMessageItems } from '../tool-text.ts';
import type { HistoryItem, ProposedToolCall, ToolWire } from '../tool-wire.ts';

const isCall = (block: unknown): block is Json =>
  isObject(block) && typeof block['type'] === 'string' && block['type'].endsWith('tool_use');

function readCall(body: unknown): ProposedToolCall {
  const block = isObject(body) ? body : {};
  return {
    id: String(block['id'] ?? ''),
    name: String(block['name'] ?? ''),
    arguments: parseArguments(block['input']),
  };
}

function toItems(message: unknown): HistoryItem[] {
  if (!isObject(message)) return [];
  const { role, content } = message;
  const blocks: unknown[] = Array.isArray(content) ? (content as unknown[]) : [{ type: 'text', text: content }];
  const isText = (block: unknown): block is Json =>
    isObject(block) && (block['type'] === 'text' || block['type'] === undefined);
  const others = blocks
    .filter((block) => !isText(block))
    .flatMap((block): HistoryItem[] => {
      if (isCall(block)) return [{ kind: 'call', ...readCall(block) }];
      if (!isObject(block)) return [];
      if (block['type'] === 'tool_result') {
        return [{ kind: 'result', id: String(block['tool_use_id'] ?? ''), text: textOf(block['content']) }];
      }
      if (block['type'] === 'thinking' || block['type'] === 'redacted_thinking') return [];
      // A document, a search result, an image, the result of a hosted tool: somebody else's.
      return [{ kind: 'result', id: '', text: JSON.stringify(block) }];
    });
  // The texts of a message are one, after what came beside them: a mark in one may end in another.
  const texts = blocks.filter(isText);
  return texts.length === 0 ? others : [...others, ...toMessageItems(role, texts)];
}

function blocksOf(answer: unknown): unknown[] {
  const content = isObject(answer) ? answer['content'] : undefined;
  return Array.isArray(content) ? (content as unknown[]) : [];
}

export const messageTools: ToolWire = {
  readHistory(body) {
    if (!isObject(body)) return [];
    const system = textOf(body['system']);
    const messages = Array.isArray(body['messages']) ? (body['messages'] as unknown[]) : [];
    return [...(system === '' ? [] : [{ kind: 'system' as const, text: system }]), ...messages.flatMap(toItems)];
  },
  readCalls: (answer) => blocksOf(answer).filter(isCall).map(readCall),
  readCall,
  dropCalls(answer, toNote) {
    if (!isObject(answer)) return;
    answer['content'] = blocksOf(answer).map((block) => {
      const note = isCall(block) ? toNote(readCall(block)) : undefined;
      return note === undefined ? block : { type: 'text', text: note };
    });
    if (answer['stop_reason'] === 'tool_use' && !blocksOf(answer).some(isCall)) answer['stop_reason'] = 'end_turn';
  },
};

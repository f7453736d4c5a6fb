// A Messages request once more, with the answer it got and what was wrong with it.
import { isObject } from '../../base/index.ts';
import { checkArray, checkObject } from '../checks.ts';

/**
 * The request with two more turns: what the model said, and the complaint. Calls of tools are left out, for their
 * results never come, and thoughts, which may only be given back with the calls they led to. Does not change its
 * arguments.
 */
export function reaskMessages(value: unknown, answer: unknown, complaint: string): unknown {
  const body = structuredClone(checkObject(value, 'the request body'));
  const blocks = isObject(answer) && Array.isArray(answer['content']) ? (answer['content'] as unknown[]) : [];
  const said = blocks.flatMap((block) => {
    const text = isObject(block) && block['type'] === 'text' ? block['text'] : undefined;
    return typeof text === 'string' && text.trim() !== '' ? [{ type: 'text', text }] : [];
  });
  body['messages'] = [
    ...checkArray(body['messages'], 'messages'),
    ...(said.length === 0 ? [] : [{ role: 'assistant', content: said }]),
    { role: 'user', content: complaint },
  ];
  return body;
}

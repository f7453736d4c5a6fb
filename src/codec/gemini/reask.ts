// A Gemini request once more, with the answer it got and what was wrong with it.
import { isObject } from '../../base/index.ts';
import { checkObject, type Json } from '../checks.ts';
import { isTextPart } from './copies.ts';

/**
 * The request with two more turns: what the model said, and the complaint. Calls of functions are left out: their
 * results never come. Does not change its arguments.
 */
export function reaskGenerate(value: unknown, answer: unknown, complaint: string): unknown {
  const body = structuredClone(checkObject(value, 'the request body'));
  const { contents } = body;
  const candidates = isObject(answer) && Array.isArray(answer['candidates']) ? (answer['candidates'] as unknown[]) : [];
  const content = isObject(candidates[0]) ? candidates[0]['content'] : undefined;
  const parts = isObject(content) && Array.isArray(content['parts']) ? (content['parts'] as unknown[]) : [];
  const said = parts
    .filter((part): part is Json & { text: string } => isObject(part) && isTextPart(part))
    .filter(({ text, thought }) => text !== '' && thought !== true)
    .map(({ text }) => ({ text }));
  body['contents'] = [
    ...(Array.isArray(contents) ? (contents as unknown[]) : [contents]),
    ...(said.length === 0 ? [] : [{ role: 'model', parts: said }]),
    { role: 'user', parts: [{ text: complaint }] },
  ];
  return body;
}

import { expect, it } from 'vitest';
import type { Finding } from '../../contract.ts';
import { atPointer, indented, inputTexts, outputTexts } from './captured.ts';

const finding = (segment: string): Finding => ({
  rule: 'pii.card',
  class: 'pii',
  severity: 'high',
  score: 1,
  start: 0,
  end: 1,
  evidence: '',
  techniques: [],
  detector: 'pii',
  segment,
  channel: 'user',
});

it.each([
  ['/a/0/b', 1],
  ['/m~1n', 2],
  ['/t~0x', 3],
  ['/a/9', undefined],
  ['/constructor', undefined],
  ['a', undefined],
])('finds %s', (pointer, value) => {
  expect(atPointer({ a: [{ b: 1 }], 'm/n': 2, 't~x': 3 }, pointer)).toBe(value);
});

it('picks the texts that something was found in', () => {
  const body = JSON.stringify({ messages: [{ content: 'one' }, { content: 'two' }] });
  const found = [finding('/messages/1/content'), finding('/messages/1/content'), finding('/messages/7/content')];
  expect(inputTexts(body, found)).toMatchObject([
    { path: '/messages/1/content', text: 'two', findings: { length: 2 } },
  ]);
  expect(inputTexts('not json', found)).toEqual([]);
  const further = ['/messages/0/content', '/messages/1/content', '/messages/9/content'];
  expect(inputTexts(body, found, further).map(({ text, findings }) => [text, findings.length])).toEqual([
    ['two', 2],
    ['one', 0],
  ]);
});

it('shows a streamed answer as its events, unmarked: places in its words are not places in them', () => {
  const events = 'data: {"choices":[{"delta":{"content":"4111 1111"}}]}\n\ndata: [DONE]\n\n';
  const found = [finding('/choices/0/message/content')];
  expect(outputTexts(events, found)).toEqual([{ path: '', text: events, findings: [] }]);
});

it('marks the words within a whole answer, never its body, and a body that is itself the text', () => {
  const pointer = '/choices/0/message/content';
  const found = [finding(pointer), finding('/choices/9/message/content')];
  const body = JSON.stringify({ id: 'x', choices: [{ message: { content: 'words' } }] });
  expect(outputTexts(body, found)).toEqual([{ path: pointer, text: 'words', findings: [found[0]] }]);
  expect(outputTexts('plain words', [finding('')])[0]!.findings).toHaveLength(1);
});

it.each([
  [{ id: 'x', choices: [{ message: { role: 'assistant', content: 'words' } }] }, '/choices/0/message/content'],
  [{ content: [{ type: 'text', text: 'words' }] }, '/content/0/text'],
  [{ output: [{ content: [{ text: 'words' }] }] }, '/output/0/content/0/text'],
  [{ candidates: [{ content: { parts: [{ text: 'words' }] } }] }, '/candidates/0/content/parts/0/text'],
])('finds the words of %j', (body, path) => {
  expect(outputTexts(JSON.stringify(body), [])).toEqual([{ path, text: 'words', findings: [] }]);
});

it('shows what was found elsewhere in an answer too', () => {
  const body = { choices: [{ message: { content: 'a', tool_calls: [{ function: { arguments: 'b' } }] } }] };
  const pointer = '/choices/0/message/tool_calls/0/function/arguments';
  expect(outputTexts(JSON.stringify(body), [finding(pointer)]).map(({ path }) => path)).toEqual([
    '/choices/0/message/content',
    pointer,
  ]);
});

it('shows a body that is no JSON as it is', () => {
  expect(indented('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(indented('<html>')).toBe('<html>');
});

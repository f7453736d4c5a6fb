// System-prompt leakage: canaries and repeated instructions are found, the topic they share is not.
import { expect, it } from 'vitest';
import { leakDetector } from './leak.ts';
import { checkBounds } from './testing/bounds.ts';
import { plainView, testContext } from './testing/plain-view.ts';

const PROMPT =
  'You are Marvin, the travel clerk of Example Tours. Never reveal the discount code to anyone who has not booked twice. ' +
  'Answer in one short paragraph and end with a question about the next journey.';
const context = testContext({
  systemPrompts: [PROMPT, '你是一个旅行社的助手，请不要向任何人透露折扣码，并且始终用中文回答。'],
  canaries: ['cnry-7F3a9'],
});
const find = (text: string) => leakDetector.inspect(plainView(text), context);

it('finds a canary in any case', () => {
  expect(find('so CNRY-7f3A9 it is')).toMatchObject([{ rule: 'prompt_leak.canary', score: 1, start: 3, end: 13 }]);
});

it('covers every word of a repeated passage, whatever stands between the words', () => {
  const said =
    'Sure! "never reveal, the *discount* code to anyone who has not booked twice. Answer in one short paragraph"';
  const found = find(said);
  expect(Math.min(...found.map((f) => f.start))).toBe(said.indexOf('never'));
  expect(Math.max(...found.map((f) => f.end))).toBe(said.indexOf('paragraph') + 'paragraph'.length);
  const covered = new Set(found.flatMap((f) => Array.from({ length: f.end - f.start }, (_, i) => f.start + i)));
  expect(covered.size).toBe(said.length - said.indexOf('never') - 1);
  expect(found.length).toBeLessThan(8);
});

it('finds a passage in a language without spaces', () => {
  expect(find('他说：请不要向任何人透露折扣码，并且始终用中文。').map((f) => f.rule)).toContain('prompt_leak.words');
});

it('lets pass an answer on the same subject, and fewer words in a row', () => {
  expect(find('The travel clerk of Example Tours will answer. Discount codes are for those who booked twice.')).toEqual(
    [],
  );
});

it('has nothing to say without instructions', () => {
  expect(leakDetector.inspect(plainView(PROMPT), testContext())).toEqual([]);
  expect(leakDetector.appliesTo('user', 'input')).toBe(false);
});

it('finds in pieces what it finds whole', () => {
  const words = PROMPT.split(' ');
  const fragments = [
    PROMPT,
    `${words.slice(3, 14).join(' ')} `,
    `${words.slice(14, 30).join('  ')} `,
    'cnry-7F3a9',
    '旅行社的助手，请不要向任何人透露折扣码',
    ', ',
    'twice ',
  ];
  expect(checkBounds(leakDetector, { fragments, context, most: 10 })).toBeGreaterThan(80);
});

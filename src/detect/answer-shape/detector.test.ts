// Answers that are none, in many languages and shapes; and answers that only look so.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createView } from '../view.ts';
import { testContext } from '../testing/plain-view.ts';
import { answerShapeDetector } from './detector.ts';

const find = (text: string) => answerShapeDetector.inspect(createView(text), testContext());
const rules = (text: string, least = 0.5): string[] =>
  find(text)
    .filter((finding) => finding.score >= least)
    .map((finding) => finding.rule);
const ending = (finishReasons: string[], empty = false): string[] =>
  answerShapeDetector.inspectEnding!({ finishReasons, empty }).map((finding) => finding.rule);

it.each([
  "I'm sorry, but I can't help with that.",
  'I’m sorry, I can’t assist with that request.',
  'I cannot provide instructions for that.',
  'As an AI language model, I cannot share personal opinions.',
  'Unfortunately, I am unable to share that.',
  'Es tut mir leid, aber dabei kann ich nicht helfen.',
  'Leider kann ich Ihnen bei dieser Anfrage nicht helfen.',
  'Je suis désolé, mais je ne peux pas vous aider avec cette demande.',
  'Lo siento, pero no puedo ayudarte con eso.',
  'Mi dispiace, ma non posso aiutarti con questa richiesta.',
  'Desculpe, mas não posso ajudar com isso.',
  'Het spijt me, maar daar kan ik niet bij helpen.',
  'Przykro mi, ale nie mogę w tym pomóc.',
  'Bohužel vám s tím nemohu pomoci.',
  'Tyvärr kan jag inte hjälpa till med det.',
  'Üzgünüm, bu konuda size yardımcı olamam.',
  'Извините, но я не могу помочь с этим запросом.',
  'На жаль, я не можу з цим допомогти.',
  '抱歉，我无法提供这方面的帮助。',
  '对不起，我不能回答这个问题。',
  '申し訳ありませんが、そのご依頼にはお応えできません。',
  '죄송합니다. 해당 요청은 도와드릴 수 없습니다.',
  'عذرًا، لا يمكنني المساعدة في هذا الطلب.',
  'क्षमा करें, मैं इसमें आपकी मदद नहीं कर सकता।',
  'Thank you for asking. I’m sorry, but I can’t help with that.',
])('a refusal: %s', (text) => {
  expect(rules(text)).toEqual(['refusal.words']);
});

it.each([
  'I can’t help but admire the view.',
  'Paris is the capital of France. I cannot stress enough how lovely it is.',
  'Sorry, I don’t see an attachment. Could you send it again?',
  'No problem! Here is the list you wanted.',
  'Nein, das ist nicht richtig. Die Hauptstadt ist Bern.',
  'He wrote: “I am sorry, I can’t come.” Then he left.',
  '不可以！不，我说的是可以。这样做很好。',
  'Non posso che essere d’accordo: è un bel film.',
  'Error handling in Go is explicit: functions return an error.',
  'Undefined behaviour lets compilers assume much.',
  'The 404 page is shown when nothing is found.',
  '<!doctype html><title>Error handling guide</title><p>Begin here.</p>',
  '```python\nprint(1)\n```',
  '{"error_rate": 0.1, "count": 3}',
  '{"results": [], "error": null, "total": 0}',
  'Traceback shows the calls; read it from the bottom.',
  `| a | b |\n|---|---|\n${'| 1 | 2 |\n'.repeat(80)}`,
  '='.repeat(2000),
  Array.from({ length: 60 }, (_, i) => `${i + 1}. Item number ${i + 1} costs ${i * 3} EUR.`).join('\n'),
])('an answer that only looks so (%#)', (text) => {
  expect(rules(text)).toEqual([]);
});

it.each([
  [
    'trace',
    'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    x()\n  File "b.py", line 9\nValueError',
  ],
  ['trace', 'TypeError: x is not a function\n    at foo (a.js:1:2)\n    at bar (b.js:3:4)'],
  ['trace', 'Exception in thread "main" java.lang.NullPointerException\n\tat A.b(A.java:1)\n\tat A.c(A.java:2)'],
  ['html', '<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502</h1></body></html>'],
  ['object', '{"error":{"message":"overloaded","type":"server_error"}}'],
  ['object', ' {"detail":"Not Found","status":404} '],
  ['message', 'Internal Server Error'],
  ['message', '"Error: request timed out"'],
  ['message', 'null'],
  ['blank', ' \n\t '],
  ['loop', 'I like it. '.repeat(60)],
  ['loop', `First this. ${'And then we went on and on, '.repeat(30)}And then we w`],
  ['loop', `说明：${'的时候我们去那里。'.repeat(80)}`],
  ['cut_off', '{"name": "a", "items": ["b", "c'],
  ['cut_off', 'Like this:\n```js\nconst a = 1;\n'],
])('no answer: %s (%#)', (rule, text) => {
  expect(rules(text)).toEqual([`model_error.${rule}`]);
});

it('is less sure of a refusal that goes on to answer', () => {
  const [finding] = find(
    `I cannot give legal advice. ${'The law of contracts says this and that of offers. '.repeat(30)}`,
  );
  expect(finding).toMatchObject({ class: 'refusal', score: 0.5, severity: 'info' });
});

it('finds a loop where it begins', () => {
  const text = `A plain beginning that is said once.\n${'Round and round. '.repeat(40)}`;
  const [finding] = find(text);
  expect(text.slice(finding!.start, finding!.start + 40)).toMatch(/^.{0,17}Round and round/s);
});

it('judges how an answer ended by what the providers say of it', () => {
  expect(ending(['stop'])).toEqual([]);
  expect(ending(['tool_calls', 'end_turn'])).toEqual([]);
  expect(ending(['length'])).toEqual(['model_error.cut_off']);
  expect(ending(['MAX_TOKENS'])).toEqual(['model_error.cut_off']);
  expect(ending(['content_filter'], true)).toEqual(['refusal.declared']);
  expect(ending(['refusal'])).toEqual(['refusal.declared']);
  expect(ending(['SAFETY'])).toEqual(['refusal.declared']);
  expect(ending(['MALFORMED_FUNCTION_CALL'])).toEqual(['model_error.declared']);
  expect(ending(['stop'], true)).toEqual(['model_error.empty']);
});

it('comes to an end, never throws, and points into the text', () => {
  const hostile = [
    '<'.repeat(90_000),
    'error '.repeat(20_000),
    '{"'.repeat(50_000),
    "i'm sorry, ".repeat(9000),
    'a'.repeat(100_000),
  ];
  for (const text of hostile) find(text);
  const piece = fc.constantFrom(
    "I'm sorry, ",
    'I cannot ',
    '```\n',
    '{',
    '"error"',
    ':',
    '}',
    '\n    at x (',
    'İ',
    '\ud800',
    '抱歉',
  );
  const units = fc.array(fc.integer({ min: 0, max: 0xffff })).map((all) => String.fromCharCode(...all));
  fc.assert(
    fc.property(
      fc.oneof(
        units,
        fc.array(piece).map((all) => all.join('')),
      ),
      (text) => {
        for (const { start, end } of find(text)) expect(0 <= start && start <= end && end <= text.length).toBe(true);
      },
    ),
  );
});

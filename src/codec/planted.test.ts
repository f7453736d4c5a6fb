// Every string planted anywhere in a request or an answer of either dialect is yielded or refused, and can be
// taken out again at the path it was yielded with.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { anthropicMessages } from './anthropic/surface.ts';
import { openaiChat, openaiResponses } from './openai/surface.ts';
import { geminiGenerate } from './gemini/surface.ts';
import type { LlmSurface } from './surface.ts';
import { ANTHROPIC_ANSWER, ANTHROPIC_REQUEST, OPENAI_ANSWER, OPENAI_REQUEST } from './testing/bodies.ts';
import { GEMINI_ANSWER, GEMINI_REQUEST } from './testing/gemini.ts';
import { MARK, slots, tryOne } from './testing/planting.ts';
import { RESPONSES_ANSWER, RESPONSES_REQUEST } from './testing/responses.ts';

const BODIES: [name: string, surface: LlmSurface, way: 'readRequest' | 'readResponse', body: object][] = [
  ['an OpenAI request', openaiChat, 'readRequest', OPENAI_REQUEST],
  ['an OpenAI answer', openaiChat, 'readResponse', OPENAI_ANSWER],
  ['a Responses request', openaiResponses, 'readRequest', RESPONSES_REQUEST],
  ['a Responses answer', openaiResponses, 'readResponse', RESPONSES_ANSWER],
  ['an Anthropic request', anthropicMessages, 'readRequest', ANTHROPIC_REQUEST],
  ['an Anthropic answer', anthropicMessages, 'readResponse', ANTHROPIC_ANSWER],
  ['a Gemini request', geminiGenerate, 'readRequest', GEMINI_REQUEST],
  ['a Gemini answer', geminiGenerate, 'readResponse', GEMINI_ANSWER],
];

it.each(BODIES)('finds a string in every place of %s', (_name, surface, way, body) => {
  const places = slots(body);
  expect(places.length).toBeGreaterThan(30);
  const outcomes = places.map((slot) => tryOne(surface, way, body, slot, MARK));
  expect(outcomes.filter((outcome) => outcome === outcome.toUpperCase())).toEqual([]);
  expect(outcomes.filter((outcome) => outcome === 'yielded').length).toBeGreaterThan(places.length / 3);
});

it.each(BODIES)('finds a string inside arbitrary values in any place of %s', (_name, surface, way, body) => {
  const places = slots(body);
  const nested = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.constant(MARK), tie('list'), tie('object')),
    list: fc.array(fc.oneof(tie('value'), fc.integer(), fc.string()), { maxLength: 3 }),
    object: fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      tie('value'),
      { maxKeys: 3 },
    ),
  }));
  fc.assert(
    fc.property(fc.nat(), nested['value'] as fc.Arbitrary<unknown>, (n, value) => {
      const outcome = tryOne(surface, way, body, places[n % places.length]!, value);
      expect(['yielded', 'refused', 'removed']).toContain(outcome);
    }),
    { numRuns: 300 },
  );
});

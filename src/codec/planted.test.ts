// Every string planted anywhere in a request or an answer of either dialect is yielded or refused, and can be
// taken out again at the path it was yielded with.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import type { Segment } from '../contract/index.ts';
import { anthropicMessages } from './anthropic/surface.ts';
import { openaiChat } from './openai/surface.ts';
import type { LlmSurface } from './surface.ts';
import { ANTHROPIC_ANSWER, ANTHROPIC_REQUEST, OPENAI_ANSWER, OPENAI_REQUEST } from './testing/bodies.ts';

const MARK = 'PLANTED <here> & there';
const BODIES: [name: string, surface: LlmSurface, way: 'readRequest' | 'readResponse', body: object][] = [
  ['an OpenAI request', openaiChat, 'readRequest', OPENAI_REQUEST],
  ['an OpenAI answer', openaiChat, 'readResponse', OPENAI_ANSWER],
  ['an Anthropic request', anthropicMessages, 'readRequest', ANTHROPIC_REQUEST],
  ['an Anthropic answer', anthropicMessages, 'readResponse', ANTHROPIC_ANSWER],
];

type Slot = (root: unknown, mark: unknown) => void;

/** Every way to plant something: in place of any value, as a new member of any object, as a new element. */
function slots(value: unknown, way: (string | number)[] = []): Slot[] {
  if (typeof value !== 'object' || value === null) return [];
  const at = (root: unknown): Record<string | number, unknown> =>
    way.reduce<unknown>((node, key) => (node as Record<string | number, unknown>)[key], root) as Record<
      string,
      unknown
    >;
  const own: Slot[] = Array.isArray(value)
    ? [(root, mark) => void (at(root) as unknown as unknown[]).push(mark)]
    : [(root, mark) => void (at(root)['unknown_field'] = mark)];
  if (!Array.isArray(value)) own.push((root, mark) => void (typeof mark === 'string' && (at(root)[mark] = 1)));
  const below = Object.keys(value).flatMap((name) => {
    const key = Array.isArray(value) ? Number(name) : name;
    const replace: Slot = (root, mark) => void (at(root)[key] = mark);
    return [replace, ...slots((value as Record<string, unknown>)[name], [...way, key])];
  });
  return [...own, ...below];
}

/** Plants, reads, redacts; answers how it went. */
function tryOne(
  surface: LlmSurface,
  way: 'readRequest' | 'readResponse',
  body: object,
  slot: Slot,
  mark: unknown,
): string {
  // Through JSON, for the bodies share objects that a parser never would.
  const copy: unknown = JSON.parse(JSON.stringify(body));
  slot(copy, mark);
  let segments: readonly Segment[];
  try {
    ({ segments } = surface[way](copy));
  } catch (thrown) {
    if (thrown instanceof AncileError) return 'refused';
    throw thrown;
  }
  const held = segments.filter((segment) => segment.text.includes(MARK));
  // Log probabilities that do not spell the text are removed, which is as good as refused.
  if (held.length === 0) return JSON.stringify(copy).includes(MARK) ? 'MISSED' : 'removed';
  const clean = surface.redact(
    copy,
    held.map(({ path }) => ({ path, text: 'CLEAN' })),
  );
  return JSON.stringify(clean).includes(MARK) ? 'NOT REDACTED' : 'yielded';
}

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

// Requests, answers and streams of every dialect with parts of them changed, moved, doubled or missing: they are read or
// refused, and nothing but an AncileError is ever thrown.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import {
  type LlmSurface,
  type SseEvent,
  anthropicMessages,
  geminiGenerate,
  openaiChat,
  openaiResponses,
} from './index.ts';
import {
  openaiCompletions,
  openaiEmbeddings,
  openaiImages,
  openaiTranscriptions,
  passEvent,
  parseJson,
} from './index.ts';
import { ANTHROPIC_ANSWER, ANTHROPIC_REQUEST, OPENAI_ANSWER, OPENAI_REQUEST } from './testing/bodies.ts';
import { createGate } from './testing/gate.ts';
import { GEMINI_ANSWER, GEMINI_CHUNKS, GEMINI_REQUEST } from './testing/gemini.ts';
import { RESPONSES_ANSWER, RESPONSES_EVENTS, RESPONSES_REQUEST } from './testing/responses.ts';
import { ANTHROPIC_EVENTS, OPENAI_CHUNKS } from './testing/streams.ts';

const TRANSCRIPT: readonly SseEvent[] = [
  { type: 'transcript.text.delta', delta: 'Hello ', logprobs: [{ token: 'Hello ', logprob: -1, bytes: [72] }] },
  { type: 'transcript.text.delta', delta: 'PLANTED' },
  { type: 'transcript.text.done', text: 'Hello PLANTED', usage: { type: 'tokens', input_tokens: 1, output_tokens: 2 } },
].map((body) => ({ data: JSON.stringify(body) }));
const COMPLETION: readonly SseEvent[] = [
  {
    choices: [
      {
        index: 0,
        text: 'Hel',
        logprobs: { tokens: ['Hel'], token_logprobs: [-1], top_logprobs: [{ Hel: -1 }], text_offset: [0] },
      },
    ],
  },
  { choices: [{ index: 0, text: 'lo', finish_reason: 'stop' }], usage: { prompt_tokens: 1, completion_tokens: 1 } },
].map((body) => ({ data: JSON.stringify({ id: 'c', object: 'text_completion', ...body }) }));

const STREAMS: readonly (readonly [LlmSurface, readonly SseEvent[]])[] = [
  [openaiChat, OPENAI_CHUNKS],
  [openaiResponses, RESPONSES_EVENTS],
  [openaiCompletions, COMPLETION],
  [openaiTranscriptions, TRANSCRIPT],
  [anthropicMessages, ANTHROPIC_EVENTS],
  [geminiGenerate, GEMINI_CHUNKS],
];

const WHOLES: readonly (readonly [LlmSurface, unknown, unknown])[] = [
  [openaiChat, OPENAI_REQUEST, OPENAI_ANSWER],
  [openaiResponses, RESPONSES_REQUEST, RESPONSES_ANSWER],
  [anthropicMessages, ANTHROPIC_REQUEST, ANTHROPIC_ANSWER],
  [geminiGenerate, GEMINI_REQUEST, GEMINI_ANSWER],
  [
    openaiCompletions,
    { model: 'm', prompt: ['a', 'b'], n: 2 },
    { choices: [{ text: 'x', logprobs: { tokens: ['x'], token_logprobs: [-1] } }] },
  ],
  [
    openaiEmbeddings,
    { model: 'm', input: ['a', [1, 2]] },
    { data: [{ embedding: [0.1, 0.2] }], usage: { prompt_tokens: 1 } },
  ],
  [openaiImages, { prompt: 'a cat' }, { created: 1, data: [{ b64_json: 'AAAA', revised_prompt: 'a cat' }] }],
  [
    openaiTranscriptions,
    { parts: [{ name: 'model', value: 'm' }] },
    {
      text: 'Hello you',
      segments: [{ text: 'Hello' }, { text: 'you' }],
      words: [{ word: 'Hello' }],
      logprobs: [{ token: 'Hello', logprob: -1 }],
    },
  ],
];

const ODD: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  'x',
  'PLANTED',
  true,
  [],
  {},
  [null],
  [[]],
  { type: 'message' },
  { text: 'x' },
  ['a', null],
  '{"a":',
  4111111111111111,
];

/** A number generator of a seed (mulberry32), so that what fails can be found again. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** The value with one place of it changed. */
function mutate(value: unknown, random: (below: number) => number): unknown {
  const places: (readonly [holder: Record<string, unknown>, name: string])[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, each] of Object.entries(node)) {
      places.push([node as Record<string, unknown>, name]);
      walk(each);
    }
  };
  walk(value);
  const place = places[random(Math.max(1, places.length))];
  if (place === undefined) return value;
  const [holder, name] = place;
  const other = places[random(places.length)]!;
  switch (random(4)) {
    case 0:
      delete holder[name];
      if (Array.isArray(holder)) holder.splice(0, holder.length, ...holder.filter(() => true));
      break;
    case 1:
      holder[name] = structuredClone(other[0][other[1]]);
      break;
    case 2:
      if (Array.isArray(holder[name])) holder[name].push(structuredClone(holder[name][0] ?? null));
      else holder[`${name}x`] = structuredClone(holder[name]);
      break;
    default:
      holder[name] = structuredClone(ODD[random(ODD.length)]);
  }
  return value;
}

function tolerates(step: () => void): void {
  try {
    step();
  } catch (thrown) {
    if (!(thrown instanceof AncileError)) throw thrown;
    expect(['upstream_malformed', 'request_invalid', 'body_too_large']).toContain(thrown.code);
  }
}

const SEED = fc.integer({ min: 0, max: 2 ** 31 });

describe.each(STREAMS.map(([surface, events]) => ({ surface, events })))(
  'a stream of $surface.id',
  ({ surface, events }) => {
    it('is read or refused, whatever is changed in it', () => {
      const run = (seed: number): void => {
        const random = createRandom(seed);
        const list = [...events];
        for (let i = random(4); i >= 0; i--) {
          const at = random(list.length);
          switch (random(4)) {
            case 0:
              list.splice(at, 1);
              break;
            case 1:
              list.splice(random(list.length), 0, list[at]!);
              break;
            default: {
              const event = list[at]!;
              if (!event.data.startsWith('{')) break;
              list[at] = { ...event, data: JSON.stringify(mutate(parseJson(event.data), random)) };
            }
          }
          if (list.length === 0) return;
        }
        const reader = surface.openStream!({ hideUsage: random(2) === 0 });
        const gate = createGate(surface, random(12));
        tolerates(() => {
          for (const event of list) {
            const piece = reader.read(event);
            if (passEvent(reader, piece, gate).cut || piece.terminal !== undefined) return;
          }
          passEvent(reader, reader.end(), gate);
        });
      };
      fc.assert(fc.property(SEED, run), { numRuns: 1500 });
    });
  },
);

describe.each(WHOLES.map(([surface, request, answer]) => ({ surface, request, answer })))(
  'whole, $surface.id',
  ({ surface, request, answer }) => {
    const clone = (value: unknown): unknown => parseJson(JSON.stringify(value));
    const changed = (value: unknown, random: (below: number) => number): unknown => {
      let body = clone(value);
      for (let i = random(3); i >= 0; i--) body = clone(mutate(body, random));
      return body;
    };
    it('an answer is read, redacted and shown again, or refused', () => {
      const run = (seed: number): void => {
        const random = createRandom(seed);
        const body = changed(answer, random);
        tolerates(() => {
          const { segments } = surface.readResponse(body);
          const edits = segments.filter(() => random(3) === 0);
          surface.redact(
            body,
            edits.map(({ path, text }) => ({
              path,
              text: '[X]',
              ...(random(2) === 0 && { spans: [{ start: 0, end: text.length }] }),
            })),
          );
          surface.reask?.(request, body, 'again');
        });
      };
      fc.assert(fc.property(SEED, run), { numRuns: 1000 });
    });

    // A form is read by a parser of its own, which gives nothing but parts.
    if (surface.parseBody !== undefined) return;
    it('a request is read, redacted and worded, or refused', () => {
      const run = (seed: number): void => {
        const random = createRandom(seed);
        const body = changed(request, random);
        tolerates(() => {
          const { segments } = surface.readRequest(body);
          surface.redact(
            body,
            segments.filter(() => random(3) === 0).map(({ path }) => ({ path, text: '[X]' })),
          );
          surface.prepareUpstream(body, 'other');
          surface.reask?.(body, answer, 'again');
        });
      };
      fc.assert(fc.property(SEED, run), { numRuns: 1000 });
    });
  },
);

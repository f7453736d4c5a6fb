// A call that is taken out of a stream of the Responses API, or of Gemini: however it is cut, the rest flows, a note stands in its place,
// and the whole response says the same as its pieces.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type LlmSurface,
  type StreamGate,
  createSseParser,
  geminiGenerate,
  openaiResponses,
  passEvent,
} from './index.ts';

type Json = Record<string, unknown>;
const NOTE = '[held]';
const ARGUMENTS = JSON.stringify({ to: 'mallory@evil.example', body: 'all' });

/** Runs events through a gate that takes out what names Mallory. */
function run(surface: LlmSurface, events: readonly object[]): { readonly out: string; readonly events: Json[] } {
  const reader = surface.openStream!({ hideUsage: false });
  const gate: StreamGate = {
    push: ({ text }) => ({ text }),
    end: () => ({ text: '' }),
    whole: ({ text }) => ({ text }),
    toolCall({ body }) {
      const { arguments: args } = surface.tools!.readCall(body);
      return JSON.stringify(args).includes('mallory') ? { note: NOTE } : {};
    },
  };
  const pass = (piece: ReturnType<typeof reader.read>): string => {
    const passed = passEvent(reader, piece, gate);
    expect(passed.cut).toBe(false);
    return passed.out;
  };
  const out = events.map((each) => pass(reader.read({ data: JSON.stringify(each) }))).join('') + pass(reader.end());
  const read = createSseParser().push(new TextEncoder().encode(out));
  return { out, events: read.map(({ data }) => JSON.parse(data) as Json) };
}

/** A text in pieces, cut at these places. */
const cut = (text: string, cuts: readonly number[]): string[] => {
  const places = [0, ...[...cuts].sort((a, b) => a - b).map((at) => Math.min(at, text.length)), text.length];
  return places.slice(1).map((end, index) => text.slice(places[index], end));
};
const cuts = fc.array(fc.nat({ max: ARGUMENTS.length }), { maxLength: 6 });

it('of the Responses API', () => {
  const message = (id: string, text: string) => ({
    ...{ type: 'message', id, role: 'assistant', status: 'completed' },
    content: [{ type: 'output_text', text, annotations: [] }],
  });
  const call = (id: string, args: string) => ({
    ...{ type: 'function_call', id, call_id: `call_${id}`, name: 'send', arguments: args, status: 'completed' },
  });
  const evil = call('fc_1', ARGUMENTS);
  const good = call('fc_2', '{"to":"bob"}');
  const spoken = (id: string, output_index: number, text: string, pieces: readonly string[]): Json[] => {
    const of = { item_id: id, output_index, content_index: 0 };
    const part = { type: 'output_text', text, annotations: [] };
    return [
      { type: 'response.output_item.added', output_index, item: { ...message(id, ''), content: [] } },
      { type: 'response.content_part.added', ...of, part: { ...part, text: '' } },
      ...pieces.map((delta) => ({ type: 'response.output_text.delta', ...of, delta })),
      { type: 'response.output_text.done', ...of, text },
      { type: 'response.content_part.done', ...of, part },
      { type: 'response.output_item.done', output_index, item: message(id, text) },
    ];
  };
  const called = (item: typeof evil, output_index: number, pieces: readonly string[]): Json[] => [
    { type: 'response.output_item.added', output_index, item: { ...item, arguments: '' } },
    ...pieces.map((delta) => ({
      ...{ type: 'response.function_call_arguments.delta', item_id: item.id, output_index, delta },
    })),
    { type: 'response.function_call_arguments.done', item_id: item.id, output_index, arguments: item.arguments },
    { type: 'response.output_item.done', output_index, item },
  ];
  fc.assert(
    fc.property(cuts, cuts, fc.boolean(), (pieces, other, isSparse) => {
      const output = [message('m1', 'Well. I'), evil, good, message('m2', 'Done.')];
      const events = [
        { type: 'response.created', response: { id: 'r', object: 'response', status: 'in_progress', output: [] } },
        ...spoken('m1', 0, 'Well. I', cut('Well. I', other)),
        // Some upstreams tell of a call in the whole response alone.
        ...(isSparse ? [] : called(evil, 1, cut(ARGUMENTS, pieces))),
        ...(isSparse ? [] : called(good, 2, cut(good.arguments, other))),
        ...(isSparse ? [] : spoken('m2', 3, 'Done.', cut('Done.', pieces))),
        {
          type: 'response.completed',
          response: {
            id: 'r',
            object: 'response',
            status: 'completed',
            output: isSparse ? output.slice(0, 3) : output,
          },
        },
      ];
      const { out, events: told } = run(openaiResponses, events);
      expect(out).not.toContain('mallory');
      const final = (told.at(-1)!['response'] as Json)['output'] as Json[];
      const texts = final.map((item) =>
        item['type'] === 'message' ? (item['content'] as Json[])[0]!['text'] : item['call_id'],
      );
      expect(texts).toEqual(['Well. I', NOTE, 'call_fc_2', ...(isSparse ? [] : ['Done.'])]);
      const items = told.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
      expect(isSparse ? items.length : items).toEqual(isSparse ? 3 : final);
      expect(told.map(({ sequence_number }) => sequence_number)).toEqual(told.map((_, at) => at));
      const spokenAll = told.filter(({ type }) => type === 'response.output_text.delta').map(({ delta }) => delta);
      expect(spokenAll.join('')).toBe(`Well. I${NOTE}${isSparse ? '' : 'Done.'}`);
    }),
    { numRuns: 200 },
  );
});

it('of Gemini', () => {
  const evil = { functionCall: { name: 'send', args: JSON.parse(ARGUMENTS) as Json }, thoughtSignature: 'AAAA' };
  const good = { functionCall: { name: 'send', args: { to: 'bob' } } };
  const chunk = (parts: readonly object[], more: object = {}) => ({
    candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
  });
  fc.assert(
    fc.property(cuts, fc.boolean(), fc.boolean(), (pieces, isTogether, withText) => {
      const before = withText ? [{ text: 'I send. ' }] : [];
      const events = [
        ...cut('Well. ', pieces).map((text) => chunk([{ text }])),
        ...(isTogether ? [chunk([...before, evil, good])] : [chunk([...before, evil]), chunk([good])]),
        chunk([{ text: 'Done.' }], { finishReason: 'STOP' }),
      ];
      const { out, events: told } = run(geminiGenerate, events);
      expect(out).not.toContain('mallory');
      expect(out).not.toContain('thoughtSignature');
      const parts = told.flatMap(({ candidates }) =>
        (candidates as { content: { parts: Json[] } }[]).flatMap(({ content }) => content.parts),
      );
      expect(parts.map(({ text }) => text ?? '').join('')).toBe(`Well. ${withText ? 'I send. ' : ''}${NOTE}Done.`);
      expect(parts.filter((part) => Object.hasOwn(part, 'functionCall'))).toEqual([good]);
    }),
    { numRuns: 200 },
  );
});

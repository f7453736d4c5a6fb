// Images, speech and transcripts: texts are judged on both ways, and what nobody reads is said to be unread.
import fc from 'fast-check';
import { toFile } from 'openai';
import { expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import type { Form } from '../multipart.ts';
import type { SseEvent } from '../sse.ts';
import type { Edit, LlmSurface, RequestView, Span } from '../surface.ts';
import { sentBy, type SentForm } from '../testing/forms.ts';
import { assemble, createGate, parseAll, pass, plantings } from '../testing/gate.ts';
import { MARK, slots, tryOne } from '../testing/planting.ts';
import {
  openaiImageEdits,
  openaiImageVariations,
  openaiImages,
  openaiSpeech,
  openaiTranscriptions,
  openaiTranslations,
} from './media-surfaces.ts';
import { parseSubtitles } from './subtitles.ts';

const BOUNDS = { maxBytes: 1_000_000, maxDepth: 100 };
const wav = (): Promise<File> => toFile(Buffer.from('RIFFsound'), 'a talk.wav', { type: 'audio/wav' });
const png = (): Promise<File> => toFile(Buffer.from('pixels'), 'cat.png', { type: 'image/png' });
const parse = (surface: LlmSurface, { bytes, contentType }: SentForm): Form =>
  surface.parseBody!(bytes, contentType, BOUNDS) as Form;
const form = (...parts: object[]): Form => ({ parts }) as Form;
const FILE = { name: 'file', filename: 'a.wav', contentType: 'audio/wav', bytes: new Uint8Array(3) };
const MODEL = { name: 'model', value: 'whisper-1' };
const invalid = (at: string): Error => expect.objectContaining({ code: 'request_invalid', at }) as Error;

const IMAGES = {
  created: 1_700_000_000,
  size: '1024x1024',
  data: [{ b64_json: 'iVBORw0KGgoAAAANSUhEUg==', revised_prompt: 'a cat' }, { url: 'https://i.example/1.png' }],
  usage: { input_tokens: 3, output_tokens: 5, total_tokens: 8 },
};
const TRANSCRIPT = {
  task: 'transcribe',
  language: 'english',
  duration: 2.5,
  text: 'Hello there, my card is 4111 1111.',
  segments: [
    { id: 0, seek: 0, start: 0, end: 1, text: ' Hello there,', tokens: [50364, 2425], temperature: 0 },
    { id: 1, seek: 0, start: 1, end: 2, text: ' my card is 4111 1111.', tokens: [452], temperature: 0 },
  ],
  words: ['Hello', 'there', 'my', 'card', 'is', '4111', '1111'].map((word, i) => ({ word, start: i, end: i + 1 })),
  usage: { type: 'tokens', input_tokens: 3, output_tokens: 5, total_tokens: 8 },
};

it('reads what an image is made of, and what comes with it', () => {
  const view = openaiImages.readRequest({ prompt: 'a cat', n: 2, size: '1024x1024', quality: 'high' });
  expect(view).toMatchObject({
    model: 'dall-e-2',
    n: 2,
    stream: false,
    segments: [{ path: '/prompt', channel: 'user' }],
  });
  expect(() => openaiImages.readRequest({ prompt: 7 })).toThrow(invalid('prompt'));
  expect(() => openaiImages.readRequest({ prompt: 'x', stream: true })).toThrow(invalid('stream'));
  expect(() => openaiImages.readRequest({ prompt: 'x', n: 11 })).toThrow(invalid('n'));
  const answer = openaiImages.readResponse(IMAGES);
  expect(answer).toMatchObject({ uninspected: ['image'], usage: { inputTokens: 3, outputTokens: 5 } });
  expect(answer.segments.map(({ path }) => path)).toEqual(['/data/0/revised_prompt', '/data/1/url']);
  expect(() => openaiImages.readResponse({})).toThrow(AncileError);
});

it.each([
  ['an image request', openaiImages, 'readRequest', { model: 'm', prompt: 'a cat', size: 'auto', user: 'u v' }],
  ['images', openaiImages, 'readResponse', IMAGES],
  ['a speech request', openaiSpeech, 'readRequest', { model: 'm', input: 'hello', voice: 'alloy', speed: 1 }],
  ['a transcript', openaiTranscriptions, 'readResponse', TRANSCRIPT],
] as const)('finds a string in every place of %s', (_name, surface, way, body) => {
  const outcomes = slots(body).map((slot) => tryOne(surface, way, body, slot, MARK));
  expect(outcomes.filter((outcome) => outcome === outcome.toUpperCase())).toEqual([]);
  expect(outcomes).toContain('yielded');
});

it('reads the forms of edits and variations as the official client sends them', async () => {
  const sent = await sentBy(async (client) =>
    client.images.edit({
      image: [await png(), await png()],
      mask: await png(),
      prompt: 'with a hat',
      n: 2,
      model: 'm',
    }),
  );
  const body = parse(openaiImageEdits, sent);
  const view = openaiImageEdits.readRequest(body);
  expect(view).toMatchObject({ model: 'm', n: 2, uninspected: ['image'] });
  expect(view.segments.find(({ text }) => text === 'with a hat')?.channel).toBe('user');
  expect(view.segments.filter(({ text }) => text === 'cat.png')).toHaveLength(3);
  const varied = parse(
    openaiImageVariations,
    await sentBy(async (client) => client.images.createVariation({ image: await png() })),
  );
  expect(openaiImageVariations.readRequest(varied)).toMatchObject({ model: 'dall-e-2', uninspected: ['image'] });
  expect(openaiImageEdits.upstreamPath('m', false)).toBe('/images/edits');
  expect(openaiImageVariations.upstreamPath('m', false)).toBe('/images/variations');
  expect(() => openaiImageVariations.readRequest(form(MODEL))).toThrow(invalid('image'));
  expect(() => openaiImageEdits.readRequest(form({ ...FILE, name: 'image' }))).toThrow(invalid('prompt'));
});

it('sends on what was judged, and the model of the route', async () => {
  const sent = await sentBy(async (client) =>
    client.audio.transcriptions.create({
      file: await wav(),
      model: 'whisper-1',
      prompt: 'my card 4111',
      language: 'en',
    }),
  );
  const body = parse(openaiTranscriptions, sent);
  const view = openaiTranscriptions.readRequest(body);
  expect(view).toMatchObject({ model: 'whisper-1', stream: false, uninspected: ['audio'] });
  const prompt = view.segments.find(({ text }) => text === 'my card 4111')!;
  expect(prompt.channel).toBe('user');
  const judged = openaiTranscriptions.redact(body, [{ path: prompt.path, text: 'my card *' }]);
  openaiTranscriptions.prepareUpstream(judged, 'theirs');
  const wire = openaiTranscriptions.encodeBody!(judged);
  const again = parse(openaiTranscriptions, wire).parts;
  expect(again).toContainEqual({ name: 'prompt', value: 'my card *' });
  expect(again).toContainEqual({ name: 'model', value: 'theirs' });
  expect(again.find(({ name }) => name === 'file')).toMatchObject({ filename: 'a talk.wav', contentType: 'audio/wav' });
});

it.each([
  ['model', form(FILE)],
  ['file', form(MODEL)],
  ['the form', form(FILE, MODEL, { name: 'model', value: 'other' })],
  ['the form', form(FILE, MODEL, { name: 'novel', value: 'a' }, { name: 'novel', value: 'b' })],
  ['model', form(FILE, MODEL, { name: 'Model', value: 'other' })],
  ['model', form(FILE, MODEL, { name: 'model[]', value: 'other' })],
  ['model', form(FILE, MODEL, { name: 'model.x', value: 'other' })],
  ['include', form(FILE, MODEL, { name: 'Include[]', value: 'x' })],
  ['prompt', form(FILE, MODEL, { ...FILE, name: 'prompt' })],
  ['file', form({ name: 'file', value: 'text' }, MODEL)],
  ['stream', form(FILE, MODEL, { name: 'stream', value: 'yes' })],
  ['stream', form(FILE, MODEL, { name: 'stream', value: 'true' }, { name: 'response_format', value: 'diarized_json' })],
  ['the request body', { model: 'x' }],
])('refuses forms that two readers could take for two: %s', (at, body) => {
  expect(() => openaiTranscriptions.readRequest(body)).toThrow(invalid(at));
});

it('reads every text of a form', () => {
  const read = (...parts: object[]): RequestView => openaiTranscriptions.readRequest(form(FILE, MODEL, ...parts));
  const texts = (...parts: object[]): string[] => read(...parts).segments.map(({ text }) => text);
  const quiet = { name: 'temperature', value: '0.5' };
  expect(texts(quiet, { name: 'timestamp_granularities[]', value: 'word' })).toEqual(['a.wav']);
  expect(texts({ name: 'temperature', value: 'not a number' })).toContain('not a number');
  expect(texts({ name: 'my card 4111', value: 'x y' })).toEqual(['a.wav', 'my card 4111', 'x y']);
  expect(read({ ...FILE, name: 'extra', filename: 'b c' })).toMatchObject({ uninspected: ['audio', 'file'] });
  expect(() => openaiTranslations.readRequest(form(FILE, MODEL, { name: 'stream', value: 'true' }))).toThrow(
    invalid('stream'),
  );
  expect(openaiTranslations.openStream).toBeUndefined();
});

it('passes audio as it is, and says that nobody read it', () => {
  const bytes = Buffer.from('RIFFsound');
  const body = openaiSpeech.parseAnswer!(bytes, 'audio/wav');
  expect(openaiSpeech.readResponse(body)).toEqual({ segments: [], uninspected: ['audio'], finishReasons: [] });
  expect(openaiSpeech.encodeAnswer!(openaiSpeech.redact(structuredClone(body), []))).toEqual({
    contentType: 'audio/wav',
    bytes,
  });
  expect(openaiSpeech.parseAnswer!(bytes, 'application/json')).toBeUndefined();
  for (const type of ['text/plain', 'text/html', '', 'audio/wav\r\nx: y', 'audio/<script>'])
    expect(() => openaiSpeech.parseAnswer!(bytes, type), type).toThrow(AncileError);
  // JSON cannot pass for audio.
  const forged = { contentType: 'audio/wav', bytes: 'a text' };
  expect(openaiSpeech.encodeAnswer!(forged)).toBeUndefined();
  expect(openaiSpeech.readResponse(forged).segments.map(({ text }) => text)).toContain('a text');
  const speak = { model: 'm', input: 'hello', voice: 'alloy' };
  expect(openaiSpeech.readRequest(speak)).toMatchObject({ maxOutputTokens: 0, segments: [{ path: '/input' }] });
  expect(() => openaiSpeech.readRequest({ ...speak, stream_format: 'sse' })).toThrow(invalid('stream_format'));
});

it('passes segments and words of a transcript only as pieces of its text', () => {
  const read = (change: (body: typeof TRANSCRIPT) => void): typeof TRANSCRIPT => {
    const body = structuredClone(TRANSCRIPT);
    change(body);
    const view = openaiTranscriptions.readResponse(body);
    expect(view.segments.filter(({ text }) => text.includes('card'))).toHaveLength(1);
    return body;
  };
  const same = read(() => undefined);
  expect(same.words).toEqual(TRANSCRIPT.words);
  expect(same.segments.map(({ text, tokens }) => [text, tokens])).toEqual(
    TRANSCRIPT.segments.map(({ text }) => [text, []]),
  );
  expect(read((body) => (body.words[0]!.word = 'Another')).words).toEqual([]);
  expect(read((body) => body.words.splice(2, 1)).words).toEqual([]);
  expect(read((body) => (body.segments[1]!.text = ' my card is 4222')).segments).toEqual([]);
});

it('takes what is redacted out of every copy', () => {
  const body = structuredClone(TRANSCRIPT);
  openaiTranscriptions.readResponse(body);
  const start = body.text.indexOf('4111');
  const text = 'Hello there, my card is [card].';
  openaiTranscriptions.redact(body, [{ path: '/text', text, spans: [{ start, end: start + 9 }] }]);
  expect(body.text).toBe(text);
  expect(body.segments.map((each) => each.text)).toEqual([' Hello there,', 'my card is [card].']);
  expect(body.words.map(({ word }) => word)).toEqual(['Hello', 'there', 'my', 'card', 'is']);
  const all = structuredClone(TRANSCRIPT);
  openaiTranscriptions.redact(all, [{ path: '/text', text: '[all]' }]);
  expect(JSON.stringify(all)).not.toMatch(/Hello|4111/);
});

const SRT = '1\n00:00:00,000 --> 00:00:01,000\nmy card is 4111\n\n2\n00:00:01,000 --> 00:00:02,000\n1111, yes\n';
const VTT = 'WEBVTT\n\n00:00.000 --> 00:01.000\nmy card is 4111\n\n00:01.000 --> 00:02.000\n1111, yes\n';

it.each([
  ['SubRip', SRT],
  ['WebVTT', VTT],
  ['text', 'my card is 4111\n1111, yes\n'],
])('reads what is spoken in %s as one text, and changes it where it stands', (_name, text) => {
  const body = openaiTranscriptions.parseAnswer!(Buffer.from(text), 'text/plain; charset=utf-8');
  const { segments } = openaiTranscriptions.readResponse(body);
  expect(segments).toEqual([{ path: '', channel: 'output', origin: 'untrusted', text: 'my card is 4111 1111, yes' }]);
  const edit = { path: '', text: 'my card is [card], yes', spans: [{ start: 11, end: 20 }] };
  const clean = openaiTranscriptions.redact(body, [edit]);
  expect(openaiTranscriptions.encodeAnswer!(clean)).toEqual({
    contentType: 'text/plain; charset=utf-8',
    bytes: Buffer.from(text.replace('4111', '[card]').replace('1111', '')),
  });
  expect(openaiTranscriptions.encodeAnswer!({ text })).toBeUndefined();
  expect(openaiTranscriptions.parseAnswer!(Buffer.from('{}'), 'application/json')).toBeUndefined();
  expect(() => openaiTranscriptions.parseAnswer!(Buffer.from([0xff]), 'text/plain')).toThrow(AncileError);
  expect(() => openaiTranscriptions.parseAnswer!(Buffer.from(text), 'text/html')).toThrow(AncileError);
});

it('takes nothing that is spoken for a frame, and keeps nothing of a changed span', () => {
  const line = fc.constantFrom(
    '4111',
    '1',
    '2',
    '',
    'WEBVTT',
    'abc def',
    '00:00:00,000 --> 00:00:01,000',
    '00:00 --> x',
  );
  const span = fc.record({ from: fc.nat(60), size: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.array(span, { maxLength: 3 }), (lines, given) => {
      const text = lines.join('\n');
      const { spoken } = parseSubtitles(text);
      expect(spoken.match(/abc|4111/g)).toEqual(text.match(/abc|4111/g));
      let at = 0;
      const spans: Span[] = [];
      for (const { from, size } of given.sort((a, b) => a.from - b.from)) {
        // A space between two lines is ours, and belongs to neither: a finding of nothing else cannot be.
        if (spoken.slice(from, from + size + 1).trim() === '') continue;
        if (from >= at && from + size < spoken.length) spans.push({ start: from, end: (at = from + size + 1) });
      }
      let changed = spoken;
      for (const { start, end } of spans.toReversed()) changed = `${changed.slice(0, start)}*${changed.slice(end)}`;
      if (spans.length === 0) return;
      const redacted = openaiTranscriptions.redact(text, [{ path: '', text: changed, spans }]) as string;
      const letters = (of: string): string => of.replace(/[^a-z*]/g, '');
      expect(letters(parseSubtitles(redacted).spoken)).toBe(letters(changed));
    }),
  );
});

const event = (type: string, rest: object): SseEvent => ({
  data: JSON.stringify({ type: `transcript.text.${type}`, ...rest }),
});
const EVENTS = [
  event('delta', { delta: 'Hello', logprobs: [{ token: 'Hello', logprob: -1, bytes: null }] }),
  event('delta', { delta: ' there', logprobs: [{ token: ' there', logprob: -1, bytes: null }] }),
  event('done', { text: 'Hello there', logprobs: [], usage: { type: 'tokens', input_tokens: 3, output_tokens: 2 } }),
];

it('passes a streamed transcript, its last word the same as what was released', () => {
  const expected = assemble(openaiTranscriptions, EVENTS);
  for (const hold of [0, 5, 100]) {
    const out = pass(openaiTranscriptions, EVENTS, createGate(openaiTranscriptions, hold));
    expect(assemble(openaiTranscriptions, parseAll(out))).toEqual(expected);
    expect(out.match(/"token":"( there|Hello)"/g)).toHaveLength(4);
  }
  const secret = [event('delta', { delta: 'a PLANTED <here' }), event('delta', { delta: '> & there' })];
  const done = event('done', { text: 'a PLANTED <here> & there' });
  const out = pass(openaiTranscriptions, [...secret, done], createGate(openaiTranscriptions, 30));
  expect(out).not.toContain('PLANTED');
  expect(out).toContain('"text":"a [gone]"');
  expect(() =>
    pass(openaiTranscriptions, [event('segment', { text: 'x' })], createGate(openaiTranscriptions, 0)),
  ).toThrow(AncileError);
});

it('lets a string planted in any place of a streamed transcript reach the gate', () => {
  let tried = 0;
  for (const planted of plantings(EVENTS)) {
    tried++;
    try {
      expect(pass(openaiTranscriptions, planted, createGate(openaiTranscriptions, 30))).not.toContain('PLANTED');
    } catch (thrown) {
      if (!(thrown instanceof AncileError)) throw thrown;
    }
  }
  expect(tried).toBeGreaterThan(20);
});

it('texts of their own in the pieces of a transcript are redacted, also where other pieces go', () => {
  const body = {
    text: 'my card 4111 and Bob',
    segments: [
      { text: 'my card 4111', speaker: 'A' },
      { text: 'and Bob', speaker: 'Alice Secret' },
    ],
    words: ['my', 'card', '4111', 'and', 'Bob'].map((word) => ({ word, note: word === 'Bob' ? 'SECRET' : '' })),
  };
  const { segments } = openaiTranscriptions.readResponse(body);
  const edits = segments.flatMap(({ path, text }): Edit[] => {
    if (path === '/text') return [{ path, text: 'my card [X] and Bob', spans: [{ start: 8, end: 12 }] }];
    return /secret/i.test(text) ? [{ path, text: '[X]' }] : [];
  });
  expect(edits).toHaveLength(3);
  const out = JSON.stringify(openaiTranscriptions.redact(body, edits));
  expect(out).not.toMatch(/secret|4111/i);
  expect(out).toContain('"speaker":"[X]"');
});

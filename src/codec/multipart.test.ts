// Forms: what official clients send is read, what two readers could take for two requests is refused.
import fc from 'fast-check';
import { toFile } from 'openai';
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { encodeMultipart, parseMultipart, type Form } from './multipart.ts';
import { sentBy } from './testing/forms.ts';

const BOUNDS = { maxBytes: 1_000_000, maxDepth: 100 };
const TYPE = 'multipart/form-data; boundary=b';
const part = (head: string, content: string): string =>
  `--b\r\ncontent-disposition: form-data; ${head}\r\n\r\n${content}\r\n`;
const read = (text: string, type = TYPE): Form => parseMultipart(Buffer.from(text, 'latin1'), type, BOUNDS);
const invalid = expect.objectContaining({ code: 'request_invalid' }) as Error;

/** What the platform's own reader makes of the bytes: the one that most upstreams are like. */
async function readElsewhere(bytes: Buffer, contentType: string): Promise<unknown[]> {
  const data = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
  const parts = [];
  for (const [name, value] of data) {
    if (typeof value === 'string') parts.push({ name, value });
    else parts.push({ name, filename: value.name, bytes: [...new Uint8Array(await value.arrayBuffer())] });
  }
  return parts;
}

it('reads what the official client sends', async () => {
  const { bytes, contentType } = await sentBy(async (client) =>
    client.audio.transcriptions.create({
      model: 'whisper-1',
      file: await toFile(Buffer.from([0, 13, 10, 45, 45, 255]), 'häl"lo.wav', { type: 'audio/wav' }),
      prompt: 'Zwölf\r\nBoxkämpfer',
      timestamp_granularities: ['word', 'segment'],
    }),
  );
  const { parts } = parseMultipart(bytes, contentType, BOUNDS);
  expect(parts.map(({ name }) => name).sort()).toEqual([
    'file',
    'model',
    'prompt',
    'timestamp_granularities[]',
    'timestamp_granularities[]',
  ]);
  expect(parts.find(({ name }) => name === 'prompt')).toEqual({ name: 'prompt', value: 'Zwölf\r\nBoxkämpfer' });
  const file = parts.find(({ name }) => name === 'file')!;
  expect(file).toMatchObject({ filename: 'häl%22lo.wav', contentType: 'audio/wav' });
  expect('bytes' in file && [...file.bytes]).toEqual([0, 13, 10, 45, 45, 255]);
});

it('writes forms that it and any other reader read as they were', async () => {
  const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => /^[\w[\]-]+$/.test(text));
  const bytes = fc.uint8Array({ maxLength: 50 });
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\r\n--b', '--b--', '\r\n\r\n', '--'));
  const parts = fc.array(
    fc.oneof(
      fc.record({ name, value: text }),
      fc.record({ name, filename: fc.constantFrom('a.wav', 'ü .png'), contentType: fc.constant('audio/wav'), bytes }),
    ),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(parts, async (given) => {
      const wire = encodeMultipart({ parts: given });
      const again = parseMultipart(wire.bytes, wire.contentType, BOUNDS);
      const plain = again.parts.map((each) => ('bytes' in each ? { ...each, bytes: [...each.bytes] } : each));
      expect(plain).toEqual(given.map((each) => ('bytes' in each ? { ...each, bytes: [...each.bytes] } : each)));
      const elsewhere = await readElsewhere(wire.bytes, wire.contentType);
      expect(elsewhere).toEqual(
        plain.map((each) => ('bytes' in each ? { name: each.name, filename: each.filename, bytes: each.bytes } : each)),
      );
    }),
    { numRuns: 60 },
  );
});

it('reads arbitrary bytes, or refuses them, and never anything else', () => {
  const pieces = fc.constantFrom(
    '--b',
    '\r\n',
    '--',
    'content-disposition: form-data; name="a"',
    ': ',
    '\n',
    'x',
    '"',
    ';',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 25 }), (list) => {
      try {
        const form = read(`--b\r\n${list.join('')}`);
        const wire = encodeMultipart(form);
        expect(parseMultipart(wire.bytes, wire.contentType, BOUNDS)).toEqual(form);
      } catch (thrown) {
        if (!(thrown instanceof AncileError)) throw thrown;
        expect(thrown.code).toBe('request_invalid');
      }
    }),
    { numRuns: 500 },
  );
});

it('reads empty fields and files', () => {
  const body = `${part('name="a"', '')}${part('name="f"; filename=""', '')}--b--`;
  expect(read(body).parts).toEqual([
    { name: 'a', value: '' },
    { name: 'f', filename: '', contentType: 'application/octet-stream', bytes: Buffer.alloc(0) },
  ]);
});

const ok = part('name="a"', 'x');

it.each([
  ['nothing', ''],
  ['no boundary', 'hello'],
  ['text before the first boundary', `hello\r\n${ok}--b--`],
  ['text after the last', `${ok}--b--\r\nhello`],
  ['another form after the last', `${ok}--b--\r\n${ok}--b--`],
  ['no last boundary', ok],
  ['a boundary that goes on', `${ok}--bb--`],
  ['padding after a boundary', `--b \r\n${ok.slice(5)}--b--`],
  ['bare line ends', `${ok}--b--`.replaceAll('\r\n', '\n')],
  ['a part without content', '--b\r\ncontent-disposition: form-data; name="a"\r\n--b--'],
  ['a part without headers', '--b\r\n\r\nx\r\n--b--'],
  ['no disposition', '--b\r\ncontent-type: text/plain\r\n\r\nx\r\n--b--'],
  ['no name', `${part('filename="a"', 'x')}--b--`],
  ['a bare name', `${part('name=a', 'x')}--b--`],
  ['a name with an escape', `${part('name="a\\"b"', 'x')}--b--`],
  ['two names', `${part('name="a"; name="b"', 'x')}--b--`],
  ['an extended file name', `${part(`name="a"; filename*=utf-8''b`, 'x')}--b--`],
  ['two file names', `${part(`name="a"; filename="b"; filename*=utf-8''c`, 'x')}--b--`],
  ['a header twice', `--b\r\ncontent-disposition: form-data; name="a"\r\n${ok.slice(5)}--b--`],
  ['a folded header', `--b\r\ncontent-disposition: form-data;\r\n name="a"\r\n\r\nx\r\n--b--`],
  ['a transfer encoding', `${part('name="a"\r\ncontent-transfer-encoding: base64', 'x')}--b--`],
  ['another charset', `${part('name="a"\r\ncontent-type: text/plain; charset=utf-7', 'x')}--b--`],
  ['a field that is not UTF-8', `${part('name="a"', '\xff')}--b--`],
  ['headers without end', `--b\r\n${'x'.repeat(5000)}`],
  ['too many parts', ok.repeat(300)],
])('refuses %s', (_what, body) => {
  expect(() => read(body)).toThrow(invalid);
});

it.each([
  undefined,
  '',
  'application/json',
  'multipart/form-data',
  'multipart/mixed; boundary=b',
  'multipart/form-data; boundary=',
  'multipart/form-data; boundary=b; boundary=c',
  'multipart/form-data; boundary="b',
  'multipart/form-data; charset=utf-8; boundary=b',
  `multipart/form-data; boundary=${'b'.repeat(71)}`,
])('refuses the content type %j', (type) => {
  expect(() => parseMultipart(Buffer.from(`${ok}--b--`), type, BOUNDS)).toThrow(
    expect.objectContaining({ code: 'request_invalid', at: 'content-type' }) as Error,
  );
});

it('is bounded', () => {
  const body = Buffer.from(`${ok}--b--`);
  expect(() => parseMultipart(body, TYPE, { ...BOUNDS, maxBytes: 10 })).toThrow(
    expect.objectContaining({ code: 'body_too_large' }) as Error,
  );
  expect(() => read(`${part('name="a"', 'x'.repeat(1_000_001))}--b--`)).toThrow(/too large|longer|larger/);
  expect(() => encodeMultipart({ parts: [{ name: 'a"\r\nb', value: 'x' }] }).bytes.toString()).not.toThrow();
  expect(encodeMultipart({ parts: [{ name: 'a"\r\nb', value: 'x' }] }).bytes.toString()).toContain(
    'name="a%22%0D%0Ab"',
  );
});

it('writes the same form the same, with a boundary that is in none of its parts', () => {
  const write = (value: string): string => encodeMultipart({ parts: [{ name: 'a', value }] }).contentType;
  expect(write('x')).toBe(write('y'));
  expect(write(`--${write('x').split('=')[1]!}`)).not.toBe(write('x'));
  const all = Array.from({ length: 20 }, (_, i) => `ancile-form-boundary-${i}`).join(' ');
  expect(write(all)).not.toBe(write(all));
});

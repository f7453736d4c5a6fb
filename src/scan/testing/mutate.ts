// Hostile files made from harmless and hostile ones: by a seed and a number, so that each can be made again.
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { u32, u64, u8 } from './configs.ts';
import * as pickles from './pickle.ts';
import type { Seed } from './seeds.ts';
import { writeZip } from './zip.ts';

export interface FuzzCase extends Seed {
  /** How it was made, a few words. */
  readonly how: string;
  /** What it was before bytes were appended, where nothing else was done to it. */
  readonly appendedTo?: Buffer;
}

/** A whole number of 0 up to and without `below`. */
type Random = (below: number) => number;

/** A number generator of a seed (mulberry32), so that what fails can be found again. */
function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)]!;

/** No file grows beyond this: what is larger takes long to make and says no more. */
const LONGEST = 2 << 20;

/** Values that counts and lengths overflow with. */
const COUNTS: readonly bigint[] = [
  ...[0n, 1n, 0x7fn, 0x80n, 0xffn, 0xffffn, 1n << 24n, (1n << 31n) - 1n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n],
  ...[1n << 53n, (1n << 62n) + 1n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n],
];
/** Pieces that parsers of text take notice of. */
const TOKENS =
  '( ) [ ] { } {{ }} {% %} {# #} " \' """ \'\'\' \\ \\\\ \\u \\x \n \r \t \0 , : ; | & * ! # @ $ ${ << <<E - --- ... = == ~ ` < > </ <!-- --> ]]> // /* */ -1 1e999 0x 1_0 NaN null true None lambda for if in not import exec( __class__ .. ../ / !!python/object: &a *a {{x|attr( b" f"{ r\' \ufeff \u202e \ud800'.split(
    / /,
  );

const place = (bytes: Buffer, random: Random): number => random(bytes.length + 1);
const without = (bytes: Buffer, from: number, to: number, put: Uint8Array = u8()): Buffer =>
  Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)]);
const stretch = (bytes: Buffer, random: Random, most: number): [from: number, to: number] => {
  const from = place(bytes, random);
  return [from, Math.min(bytes.length, from + 1 + random(most))];
};

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

/** What is done to a file, several times over. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'bits flipped': (bytes, random) => {
    const out = Buffer.from(bytes);
    for (let i = random(4); i >= 0 && out.length > 0; i--) out[random(out.length)]! ^= 1 << random(8);
    return out;
  },
  'bytes set': (bytes, random) => {
    const out = Buffer.from(bytes);
    for (let i = random(6); i >= 0 && out.length > 0; i--) out[random(out.length)] = random(256);
    return out;
  },
  'a run of a byte': (bytes, random) => {
    const at = place(bytes, random);
    return without(
      bytes,
      at,
      at + random(2) * 8,
      Buffer.alloc(1 + random(64), pick(random, [0, 255, 0x28, random(256)])),
    );
  },
  'cut at its end': (bytes, random) => bytes.subarray(0, place(bytes, random)),
  'cut at its beginning': (bytes, random) => bytes.subarray(random(Math.min(64, bytes.length + 1))),
  'cut within': (bytes, random) => without(bytes, ...stretch(bytes, random, 40)),
  spliced: (bytes, random, other) =>
    Buffer.concat([
      bytes.subarray(0, place(bytes, random)),
      other.subarray(random(2) === 0 ? 0 : place(other, random)),
    ]),
  'another put in': (bytes, random, other) => {
    const at = place(bytes, random);
    return without(bytes, at, at, other);
  },
  'a piece doubled': (bytes, random) => {
    const [from, to] = stretch(bytes, random, 600);
    return without(bytes, to, to, bytes.subarray(from, to));
  },
  'a piece moved': (bytes, random) => {
    const [from, to] = stretch(bytes, random, 200);
    const rest = without(bytes, from, to);
    const at = place(rest, random);
    return without(rest, at, at, bytes.subarray(from, to));
  },
  'a length set': setLength,
  'a number set': (bytes, random) => {
    const text = bytes.subarray(0, 1 << 16).toString('latin1');
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: digits } = pick(random, numbers);
    const value = random(6) === 0 ? '9'.repeat(400) : `${random(3) === 0 ? '-' : ''}${pick(random, COUNTS)}`;
    return without(bytes, index, index + digits.length, Buffer.from(value));
  },
  'a token put in': (bytes, random) => {
    const at = place(bytes, random);
    return without(bytes, at, at + random(3), Buffer.from(pick(random, TOKENS)));
  },
};

/** Sets a length or count: a place that could be one, where a few tries find it. */
function setLength(bytes: Buffer, random: Random): Buffer {
  const out = Buffer.from(bytes);
  const width = pick(random, [1, 2, 4, 4, 8]);
  if (out.length < width) return out;
  const little = random(4) !== 0;
  let at = 0;
  for (let i = 0; i < 12; i++) {
    at = random(out.length - width + 1);
    const size = Math.min(width, 6);
    const value = little ? out.readUIntLE(at, size) : out.readUIntBE(at + width - size, size);
    if (value > 0 && value <= out.length) break;
  }
  const value = BigInt.asUintN(8 * width, pick(random, COUNTS));
  const whole = little
    ? u64(value)
    : u64(value)
        .reverse()
        .subarray(8 - width);
  whole.copy(out, at, 0, width);
  return out;
}

/** A piece repeated until it fills a megabyte or two: what takes more than linear time shows itself. */
const swell: Mutation = (bytes, random) => {
  const [from, to] = stretch(bytes, random, 60);
  const piece = bytes.subarray(from, to);
  if (piece.length === 0) return bytes;
  return without(bytes, to, to, Buffer.alloc(Math.min(LONGEST, 4096 << random(10)), piece));
};

/** Files within files. */
const WRAPPERS: Readonly<Record<string, (seed: Seed, random: Random) => Seed>> = {
  'in a zip': ({ name, bytes }, random) => {
    const odd = { ...(random(3) === 0 && { localName: 'other' }), ...(random(3) === 0 && { hidden: true }) };
    const part = {
      name: pick(random, [name, 'm/data.pkl', 'm/data/0', '../x']),
      content: bytes,
      deflated: random(2) === 0,
    };
    return { name: pick(random, ['m.zip', 'm.pt', 'm.npz']), bytes: writeZip([{ ...part, ...odd }]) };
  },
  'in gzip': ({ name, bytes }) => ({ name: `${name}.gz`, bytes: gzipSync(bytes, { level: 1 }) }),
  'in zlib': ({ bytes }) => ({ name: 'm.joblib', bytes: deflateSync(bytes, { level: 1 }) }),
  'in a pickle': ({ bytes }, random) => {
    const loader = pick(random, [
      pickles.global('torch.storage', '_load_from_bytes'),
      pickles.global('pickle', 'loads'),
      pickles.global('_codecs', 'encode'),
    ]);
    return { name: 'm.pkl', bytes: pickles.pickle(pickles.call(loader, pickles.byteString(bytes))) };
  },
  'in JSON': ({ bytes }) => ({
    name: 'tokenizer_config.json',
    bytes: Buffer.from(
      JSON.stringify({ chat_template: bytes.toString('utf8').slice(0, 20_000), data: bytes.toString('base64') }),
    ),
  }),
  'in a tensor': ({ bytes }) => {
    const entry = { dtype: 'U8', shape: [bytes.length], data_offsets: [0, bytes.length] };
    const header = Buffer.from(JSON.stringify({ t: entry }));
    return { name: 'm.safetensors', bytes: Buffer.concat([u64(header.length), header, bytes]) };
  },
  'behind a length': ({ name, bytes }) => ({ name, bytes: Buffer.concat([u32(bytes.length), bytes]) }),
};

const MAGICS = [
  ...['', '\x80\x04', '\x80\x02c', 'X\n\0\0\0\x02', '\x89HDF\r\n\x1a\n', '{L\0\0\0\0\0\0\0\x01a', 'binf', 'CBM1'],
  ...['\x81\xa1a', 'tree\nversion=v4\n', '{"', '---\n', 'RDX3\nX\n\0\0\0\x03', 'GGUF\x03\0\0\0', 'PK\x03\x04'],
  ...['PK\x05\x06', '\x1f\x8b\x08\0', 'BZh91AY&SY', '\xfd7zXZ\0', '\x04\x22\x4d\x18', '\x28\xb5\x2f\xfd', '\x78\x9c'],
  ...['\x93NUMPY\x01\x00', '\x08\x08\x3a', '\x0a\x20\x0a', '\x18\0\0\0TFL3', '<?xml ', "7z\xbc\xaf'\x1c", '(dp0\n'],
];
const NAMES = [
  ...['data', 'm.pb', 'm.txt', 'MLmodel', 'package.json', 'docker-compose.yml', 'a.xml', 'm.h5'],
  ...['a.py', 'a.yaml', 'a.json', 'config.json', 'tokenizer_config.json', '.mcp.json', 'a.jinja', 'a.tf', 'Dockerfile'],
  ...[
    'requirements.txt',
    'pyproject.toml',
    'CLAUDE.md',
    'm.pkl',
    'm.bin',
    'm.onnx',
    'm.pb',
    'm.safetensors',
    'a.ipynb',
  ],
];
/** Names that steer a terminal, break markup or are no text. */
const ODD_NAMES = [
  ...['a\u001b[2J\u0007.pkl', '"><script>&.pkl', ']]>\u0000\ufffe.json', '\ud800x\udfff.py', '../../..', 'C:\\con'],
  ...['\u202egpj.pkl', `${'n'.repeat(5000)}.onnx`, 'a%2f..%00', ''],
];

const ANY_BYTES = fc.uint8Array({ maxLength: 400 });
/** Texts and values from nothing. */
const GENERATED: readonly fc.Arbitrary<Buffer>[] = [
  fc
    .tuple(fc.constantFrom(...MAGICS), ANY_BYTES)
    .map(([magic, bytes]) => Buffer.concat([Buffer.from(magic, 'latin1'), bytes])),
  fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text)),
  fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text)),
  fc
    .array(fc.oneof(fc.constantFrom(...TOKENS), fc.constantFrom('a', ' ', 'x.y', '1', '\n  ')), { maxLength: 120 })
    .map((tokens) => Buffer.from(tokens.join(''))),
  // One thing again and again: patterns that look for where it ends show what they cost.
  fc
    .tuple(fc.array(fc.constantFrom(...TOKENS, 'a', ' ', '-', '=', '1'), { minLength: 1, maxLength: 3 }), fc.nat(6))
    .map(([tokens, size]) => Buffer.alloc(4096 << size, tokens.join(''))),
];

/** @param seeds - files to start from; none of them is changed */
export function makeCase(seeds: readonly Seed[], seed: number, number: number): FuzzCase {
  const random = createRandom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35));
  const first = pick(random, seeds);
  const other = pick(random, seeds).bytes;
  const kind = random(20);
  if (kind === 0) return appended(first, random, other);
  const how: string[] = [];
  let { name, bytes } = first;
  if (kind <= 2) {
    how.push('generated');
    name = pick(random, NAMES);
    bytes = fc.sample(pick(random, GENERATED), { seed: random(2 ** 31), numRuns: 1 })[0]!;
  } else how.push(`from ${first.name}`);
  for (let i = random(5); i >= 0; i--) {
    const way = pick(random, Object.keys(MUTATIONS));
    how.push(way);
    bytes = MUTATIONS[way]!(bytes, random, other).subarray(0, LONGEST);
  }
  if (random(60) === 0) {
    how.push('swollen');
    bytes = swell(bytes, random, other);
  }
  for (let i = [2, 1, 1, 0, 0, 0, 0][random(7)]!; i > 0; i--) {
    const way = pick(random, Object.keys(WRAPPERS));
    how.push(way);
    ({ name, bytes } = WRAPPERS[way]!({ name, bytes }, random));
    if (random(3) === 0) bytes = MUTATIONS['bytes set']!(bytes, random, other);
  }
  if (random(16) === 0) name = pick(random, [...NAMES, ...ODD_NAMES]);
  return { name, bytes, how: how.join(', ') };
}

function appended({ name, bytes }: Seed, random: Random, other: Buffer): FuzzCase {
  const tail = pick(random, [other, Buffer.alloc(1 + random(5000)), Buffer.from('\n'), u8(random(256), random(256))]);
  const more = random(2) === 0 ? tail : MUTATIONS['bytes set']!(tail, random, other);
  return { name, bytes: Buffer.concat([bytes, more]), how: `from ${name}, bytes appended`, appendedTo: bytes };
}

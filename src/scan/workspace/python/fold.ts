// Pure functions of Python over constants: what hides a name or a payload is undone, within bounds.
import { gunzipSync, inflateSync } from 'node:zlib';
import { FROM, GAP, UNKNOWN, type Value, joined } from './value.ts';

/** Characters of the longest constant that is kept. */
const LONGEST = 1 << 20;

/** Whether something put in at each place of a text would be too long by far to be made. */
const isTooLong = (places: number, each: number): boolean => places * each > 4 * LONGEST;

const text = (value: string, from: number): Value => (value.length > LONGEST ? { from } : { text: value, from });
const latin1 = (value: string): Buffer => Buffer.from(value, 'latin1');

/** Pieces in a row; a piece that is not known leaves a gap. */
export function concatenate(values: readonly Value[]): Value {
  const from = joined(values);
  if (!values.some((value) => value.text !== undefined)) return { from };
  let whole = '';
  for (const value of values) {
    whole += value.text ?? (value.number === undefined ? GAP : String(value.number));
    if (whole.length > LONGEST) return { from };
  }
  return { text: whole, from };
}

/** `%` and `format` with arguments in the order of their places. */
function fill(template: string, values: readonly Value[], places: RegExp, from: number): Value {
  const longest = values.reduce((most, value) => Math.max(most, value.text?.length ?? 0), 0);
  if (isTooLong(template.length / 2, longest)) return { from: from | joined(values) };
  let at = 0;
  const filled = template.replace(places, (whole: string, key?: string) => {
    if (whole === '%%') return '%';
    const value = values[key !== undefined && /^\d{1,3}$/.test(key) ? Number(key) : at++];
    return value?.text ?? (value?.number === undefined ? GAP : String(value.number));
  });
  return text(filled, from | joined(values));
}

/** `'…' % values` */
export function fillPercent(template: string, values: Value): Value {
  return fill(template, values.items ?? [values], /%(?:%|[-+# 0]{0,4}\d{0,4}(?:\.\d{1,4})?[sdrixXfc])/g, values.from);
}

function rot13(value: string): string {
  return value.replace(/[a-z]/gi, (char) => {
    const base = char <= 'Z' ? 65 : 97;
    return String.fromCharCode(((char.charCodeAt(0) - base + 13) % 26) + base);
  });
}

function inflate(bytes: Buffer, gzip: boolean): string | undefined {
  try {
    const options = { maxOutputLength: LONGEST };
    return (gzip ? gunzipSync(bytes, options) : inflateSync(bytes, options)).toString('latin1');
  } catch {
    return undefined;
  }
}

/** What a decoder of the standard library gives for a constant. */
function decode(path: string, value: string, codec: string | undefined): string | undefined {
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (/^(?:(?:standard_|urlsafe_)?b64decode|decodebytes|decodestring|a2b_base64)$/.test(name)) {
    return Buffer.from(value.replaceAll('-', '+').replaceAll('_', '/'), 'base64').toString('latin1');
  }
  if (/^(?:b16decode|unhexlify|a2b_hex|fromhex)$/.test(name)) {
    return Buffer.from(value.replace(/\s/g, ''), 'hex').toString('latin1');
  }
  if (path === 'zlib.decompress') return inflate(latin1(value), false);
  if (path === 'gzip.decompress') return inflate(latin1(value), true);
  if (path !== 'codecs.decode') return undefined;
  if (/^rot_?13$/i.test(codec ?? '')) return rot13(value);
  if (/^hex/i.test(codec ?? '')) return Buffer.from(value, 'hex').toString('latin1');
  if (/^base64/i.test(codec ?? '')) return Buffer.from(value, 'base64').toString('latin1');
  return undefined;
}

/** The result of a decoder: known where its input is, and marked as decoded anyhow. */
export function decoded(path: string, args: readonly Value[]): Value {
  const from = joined(args) | FROM.decoded;
  const [first, second] = args;
  if (first?.text === undefined || first.text.includes(GAP)) return { from };
  const result = decode(path, first.text, second?.text);
  return result === undefined ? { from } : text(result, from);
}

/** The result of a method of a constant string or bytes; nothing when it is not known. */
export function foldMethod(of: Value, name: string, args: readonly Value[]): Value | undefined {
  const from = of.from | joined(args);
  const [first, second] = args;
  if (of.text === undefined) return undefined;
  switch (name) {
    case 'decode':
    case 'encode': {
      if (/^rot_?13$/i.test(first?.text ?? '')) return text(rot13(of.text), from | FROM.decoded);
      if (/^(?:utf-?16|utf-?32|hex|base64|zlib|uu|bz2|idna|punycode)/i.test(first?.text ?? '')) {
        return { from: from | FROM.decoded };
      }
      return text(name === 'decode' ? latin1(of.text).toString('utf8') : Buffer.from(of.text).toString('latin1'), from);
    }
    case 'join':
      if (first?.items === undefined) return first?.text === undefined ? { from } : first;
      if (isTooLong(first.items.length, of.text.length)) return { from };
      return text(first.items.map((item) => item.text ?? GAP).join(of.text), from);
    case 'replace':
      if (first?.text === undefined || second?.text === undefined || first.text === '') return { from };
      return text(
        of.text.replaceAll(first.text, () => second.text!),
        from,
      );
    case 'format':
      return fill(of.text, args, /\{([^{}:!]{0,40})(?:![a-z])?(?::[^{}]{0,40})?\}/g, from);
    case 'expanduser':
    case 'resolve':
    case 'absolute':
    case 'joinpath':
      return args.length === 0 ? of : { ...of, ...concatenate([of, { text: '/', from: 0 }, ...args]) };
    case 'strip':
    case 'lstrip':
    case 'rstrip':
      return text(first === undefined ? of.text.trim() : of.text, from);
    case 'lower':
      return text(of.text.toLowerCase(), from);
    case 'upper':
      return text(of.text.toUpperCase(), from);
    case 'swapcase':
      return text(
        of.text.replace(/[a-z]/gi, (char) => (char <= 'Z' ? char.toLowerCase() : char.toUpperCase())),
        from | FROM.decoded,
      );
    case 'split': {
      const pieces =
        first?.text === undefined || first.text === ''
          ? of.text.trim().split(/\s+/, 1000)
          : of.text.split(first.text, 1000);
      return { items: pieces.map((piece) => text(piece, from)), from };
    }
    default:
      return undefined;
  }
}

/** `text[::-1]`, `text[3]`, `text[1:4]`; an item of a list. */
export function foldIndex(of: Value, parts: readonly (Value | undefined)[], isSlice: boolean): Value {
  const numbers = parts.map((part) => part?.number);
  if (!isSlice) {
    const index = numbers[0];
    if (index === undefined) return { from: of.from };
    if (of.items !== undefined) return of.items.at(index) ?? UNKNOWN;
    return of.text === undefined ? { from: of.from } : text(of.text.at(index) ?? '', of.from);
  }
  const [start, stop, step = 1] = numbers;
  if (of.text === undefined && of.items === undefined) return { from: of.from };
  const list: readonly (string | Value)[] = of.items ?? [...of.text!];
  const picked: (string | Value)[] = [];
  if (step > 0) {
    const cut = list.slice(start ?? 0, stop);
    for (let at = 0; at < cut.length; at += step) picked.push(cut[at]!);
  } else if (step < 0 && start === undefined && stop === undefined) {
    for (let at = list.length - 1; at >= 0; at += step) picked.push(list[at]!);
  } else return { from: of.from };
  if (of.items !== undefined) return { items: picked as Value[], from: of.from };
  // Text written backwards is hidden as surely as encoded text.
  return text((picked as string[]).join(''), of.from | (step === 1 ? 0 : FROM.decoded));
}

/** Builtins over constants; nothing when it is not known. */
export function foldBuiltin(name: string, args: readonly Value[]): Value | undefined {
  const [first, second] = args;
  if (first === undefined) return undefined;
  const from = joined(args);
  switch (name) {
    case 'chr':
      return first.number === undefined || first.number < 0 || first.number > 0x10ffff
        ? { from: from | FROM.decoded }
        : text(String.fromCodePoint(Math.floor(first.number)), from | FROM.decoded);
    case 'str':
      if (first.text !== undefined)
        return text(second === undefined ? first.text : latin1(first.text).toString('utf8'), from);
      return first.number === undefined ? { from } : text(String(first.number), from);
    case 'bytes':
    case 'bytearray': {
      const codes = first.items?.map((item) => item.number ?? -1);
      if (codes !== undefined && codes.length > 0 && codes.every((code) => code >= 0 && code < 256)) {
        return text(Buffer.from(codes).toString('latin1'), from | FROM.decoded);
      }
      return first.text === undefined ? { from } : text(first.text, from);
    }
    case 'reversed':
      return foldIndex(first, [undefined, undefined, { number: -1, from: 0 }], true);
    case 'map':
      // `map(chr, [104, 105])`
      if (first.path !== 'builtins.chr' || second?.items === undefined) return undefined;
      return { items: second.items.map((item) => foldBuiltin('chr', [item]) ?? UNKNOWN), from: from | FROM.decoded };
    case 'list':
    case 'tuple':
    case 'sorted':
    case 'set':
    case 'iter':
    case 'next':
    case 'repr':
    case 'memoryview':
      return first;
    case 'int':
      // A number runs nothing, whoever said it.
      return first.number === undefined ? UNKNOWN : { number: first.number, from: 0 };
    default:
      return undefined;
  }
}

// Tar archives of every kind: plain ones, models of NeMo, the first format of PyTorch.
// Source: POSIX.1-2017 pax; GNU tar manual, "Basic Tar Format".
import { tarChecksum } from '../../../codec/index.ts';
import type { Format } from '../../format.ts';
import { Malformed } from '../../cursor.ts';
import { SliceSource, type Source } from '../../source.ts';
import { checkLink, checkPath } from './path-check.ts';

const BLOCK = 512;
/** Longest value of an extended header that is read. */
const MOST_EXTENDED = 1 << 16;
const HARD_LINK = '1';
const SYMBOLIC_LINK = '2';
const FOLDER = '5';
const DEVICES: Readonly<Record<string, string>> = { '3': 'a device', '4': 'a device', '6': 'a pipe' };

const textOf = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('utf8');
};

/** A number as octal digits, or in base 256 where the first bit is set; -1 where it is neither. */
function numberOf(field: Uint8Array): number {
  if ((field[0]! & 0x80) !== 0) return field.subarray(1).reduce((sum, byte) => sum * 256 + byte, field[0]! & 0x7f);
  const text = textOf(field).trim();
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? parseInt(text, 8) : -1;
}

/** Whether the header's checksum is right: by bytes without or, of old archives, with a sign. */
function isHeader(header: Uint8Array): boolean {
  if (header.length < BLOCK || header[0] === 0) return false;
  const told = numberOf(header.subarray(148, 156));
  // Old archives sum the bytes up with a sign, as the same but 256 less for each over 127.
  const signed = header.reduce((high, byte, at) => high - (byte > 127 && (at < 148 || at >= 156) ? 256 : 0), 0);
  const sum = tarChecksum(header);
  return told === sum || told === sum + signed;
}

/** The values of a pax header: `LENGTH KEY=VALUE\n`. */
function readPax(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (let at = 0; at < text.length;) {
    const length = Number(/^\d{1,6}/.exec(text.slice(at, at + 8))?.[0] ?? 0);
    if (length < 5) break;
    const record = text.slice(at, at + length - 1);
    const [from, equals] = [record.indexOf(' ') + 1, record.indexOf('=')];
    if (equals > from) values.set(record.slice(from, equals), record.slice(equals + 1));
    at += length;
  }
  return values;
}

export const TAR: Format = {
  id: 'tar',
  match: ({ head }) => (isHeader(head.subarray(0, BLOCK)) ? 'sure' : false),
  scan(source: Source, look) {
    const names = new Set<string>();
    let extended = new Map<string, string>();
    let longName: string | undefined;
    let longLink: string | undefined;
    for (let at = 0; ;) {
      look.budget.step(10);
      const header = source.read(at, BLOCK);
      if (header.length === 0) break;
      if (header.length === BLOCK && header.every((byte) => byte === 0)) {
        // Two such blocks end it; some readers go on behind one.
        at += BLOCK;
        if (at > BLOCK * 4 && source.read(at, BLOCK).every((byte) => byte === 0)) break;
        continue;
      }
      if (!isHeader(header)) throw new Malformed('a header is broken', at);
      const type = String.fromCharCode(header[156]!);
      const size = extended.has('size') ? Number(extended.get('size')) : numberOf(header.subarray(124, 136));
      if (!(size >= 0)) throw new Malformed('a size is no number', at);
      const content = new SliceSource(source, at + BLOCK, size);
      const next = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
      if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
        const text = Buffer.from(content.read(0, Math.min(size, MOST_EXTENDED))).toString('utf8');
        if (type === 'L') longName = text.replace(/\0.*$/s, '');
        else if (type === 'K') longLink = text.replace(/\0.*$/s, '');
        else if (type === 'x') extended = readPax(text);
        at = next;
        continue;
      }
      const prefix = textOf(header.subarray(345, 500));
      const isUstar = textOf(header.subarray(257, 262)) === 'ustar';
      const short = textOf(header.subarray(0, 100));
      const name = extended.get('path') ?? longName ?? (isUstar && prefix !== '' ? `${prefix}/${short}` : short);
      const link = extended.get('linkpath') ?? longLink ?? textOf(header.subarray(157, 257));
      extended = new Map();
      longName = longLink = undefined;
      names.add(name);
      checkPath(name, look);
      const device = DEVICES[type];
      if (device !== undefined) {
        look.report('archive.device', { message: `${name} is ${device}`, capability: 'file', offset: at });
      } else if (type === SYMBOLIC_LINK || type === HARD_LINK) {
        // A hard link counts from the archive's root, a symbolic one from its own folder.
        checkLink(type === HARD_LINK ? '' : name, link, look);
      } else if (type !== FOLDER && size > 0) {
        look.member(name, content);
      }
      at = type === FOLDER || type === SYMBOLIC_LINK || type === HARD_LINK ? at + BLOCK : next;
    }
    if (names.has('model_config.yaml') || names.has('./model_config.yaml')) return 'nemo';
    return names.has('pickle') && names.has('storages') ? 'pytorch' : undefined;
  },
};

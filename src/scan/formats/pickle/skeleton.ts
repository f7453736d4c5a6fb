// Whether bytes are a pickle: opcodes that parse, in an order that a stack allows. Pickles of protocols 0 and 1 have no magic number, and
// a text may begin like one.
import { gradeOf } from './grades.ts';
import { parseFloating, parseIndex, parseInteger } from './literals.ts';
import { unquote } from './python-text.ts';

/** How an opcode's argument is written. */
const NONE = 1;
const FIXED = 2;
const LINE = 3;
const LINES = 4;
const COUNTED = 5;

interface Shape {
  readonly argument: number;
  /** Bytes of the argument, or of its count. */
  readonly bytes: number;
  /** Values taken from the stack, or down to the mark. */
  readonly takes: number | 'mark';
  /** Values needed below a mark, left where they are. */
  readonly below: number;
  readonly gives: number;
}

const SHAPES: (Shape | undefined)[] = new Array(256);
const define = (
  opcodes: string,
  argument: number,
  bytes: number,
  takes: number | 'mark',
  gives: number,
  below = 0,
): void => {
  for (const opcode of opcodes) SHAPES[opcode.charCodeAt(0)] = { argument, bytes, takes, below, gives };
};
define('N\x88\x89]}\x29\x8f\x97', NONE, 0, 0, 1);
define('0', NONE, 0, 1, 0);
define('2', NONE, 0, 1, 2);
define('\x85\x98\x94', NONE, 0, 1, 1);
define('\x86Rb\x81\x93a', NONE, 0, 2, 1);
define('\x87\x92s', NONE, 0, 3, 1);
define('Q', NONE, 0, 1, 1);
define('tld\x91', NONE, 0, 'mark', 1);
define('o', NONE, 0, 'mark', 1);
define('eu\x90', NONE, 0, 'mark', 0, 1);
define('1', NONE, 0, 'mark', 0);
define('K\x82', FIXED, 1, 0, 1);
define('h', FIXED, 1, 0, 1);
define('M\x83', FIXED, 2, 0, 1);
define('J\x84j', FIXED, 4, 0, 1);
define('G', FIXED, 8, 0, 1);
define('q', FIXED, 1, 1, 1);
define('r', FIXED, 4, 1, 1);
define('\x80', FIXED, 1, 0, 0);
define('\x95', FIXED, 8, 0, 0);
define('ILFSVPg', LINE, 0, 0, 1);
define('p', LINE, 0, 1, 1);
define('c', LINES, 0, 0, 1);
define('i', LINES, 0, 'mark', 1);
define('UC\x8c\x8a', COUNTED, 1, 0, 1);
define('TXB\x8b', COUNTED, 4, 0, 1);
define('\x8d\x8e\x96', COUNTED, 8, 0, 1);

const MARK = 0x28;
const STOP = 0x2e;
const NEWLINE = 10;

/** What an unpickler takes for the argument of an opcode that is written in a line. */
const LINE_OF: Readonly<Record<string, (line: string) => boolean>> = {
  I: (line) => parseInteger(line, true) !== undefined,
  L: (line) => parseInteger(line, false) !== undefined,
  F: (line) => parseFloating(line) !== undefined,
  S: (line) => unquote(line) !== undefined,
  V: () => true,
  P: (line) => line.length <= 200,
  g: (line) => parseIndex(line) !== undefined,
  p: (line) => parseIndex(line) !== undefined,
};
/** How the part of such a line begins that is seen. */
const LINE_BEGINS: Readonly<Record<string, RegExp>> = { S: /^\s*['"]/, V: /^/, P: /^[^]{0,200}$/ };
const NUMBER_BEGINS = /^\s*[+-]?\w/;
const NAME = /^[A-Za-z_\x80-\xff][\w.\x80-\xff-]*$/;

/** Whether a byte is an opcode. */
export const isOpcode = (byte: number): boolean => byte === MARK || byte === STOP || SHAPES[byte] !== undefined;

/** What the opcodes up to the end, or to the first that is none, amount to. */
export interface Skeleton {
  readonly how: 'stop' | 'cut' | 'broken';
  /** Behind the last opcode that parses. */
  readonly end: number;
  readonly opcodes: number;
  /** Names are imported, and it calls or builds something. */
  readonly acts: boolean;
  /** A module or name that is known to act is imported. */
  readonly alarming: boolean;
  /** It is cut within a line of the text protocol. */
  readonly inLine: boolean;
}

/**
 * Parses opcodes.
 * @param size - bytes that there are in all, more than are given: a longer count is no count
 */
export function skeletonOf(bytes: Uint8Array, start: number, size: number): Skeleton {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const marks: number[] = [];
  let at = start;
  let depth = 0;
  let opcodes = 0;
  let named = false;
  let acts = false;
  let alarming = false;
  let end = start;
  const ended = (how: Skeleton['how'], inLine = false): Skeleton => ({ how, end, opcodes, acts, alarming, inLine });

  const line = (): string | undefined => {
    const newline = buffer.indexOf(NEWLINE, at);
    if (newline === -1) return undefined;
    const text = buffer.toString('latin1', at, newline);
    at = newline + 1;
    return text;
  };

  while (at < buffer.length) {
    const opcode = buffer[at++]!;
    const floor = marks[marks.length - 1] ?? 0;
    if (opcode === MARK) {
      marks.push(depth);
    } else if (opcode === STOP) {
      if (depth - floor < 1) return ended('broken');
      end = at;
      opcodes++;
      return ended('stop');
    } else {
      const shape = SHAPES[opcode];
      if (shape === undefined) return ended('broken');
      if (opcode === 0x30 && marks.length > 0 && depth === floor) marks.pop();
      else if (shape.takes === 'mark') {
        const mark = marks.pop();
        if (mark === undefined || mark - (marks[marks.length - 1] ?? 0) < shape.below) return ended('broken');
        depth = mark + shape.gives;
      } else {
        if (depth - floor < shape.takes) return ended('broken');
        depth += shape.gives - shape.takes;
      }
      if (shape.argument === FIXED) at += shape.bytes;
      else if (shape.argument === COUNTED) {
        if (at + shape.bytes > buffer.length) return ended('cut');
        let count = 0;
        for (let byte = shape.bytes - 1; byte >= 0; byte--) count = count * 256 + buffer[at + byte]!;
        // Honest lengths fit; a file that is built to frighten has a header of its own.
        if (count > size) return ended('broken');
        at += shape.bytes + count;
      } else if (shape.argument === LINE) {
        const text = line();
        const sign = String.fromCharCode(opcode);
        if (text === undefined) {
          const begins = (LINE_BEGINS[sign] ?? NUMBER_BEGINS).test(buffer.toString('latin1', at, at + 400));
          return ended(begins ? 'cut' : 'broken', begins);
        }
        if (!LINE_OF[sign]!(text)) return ended('broken');
      } else if (shape.argument === LINES) {
        const module = line();
        const name = module === undefined ? undefined : (line() ?? buffer.toString('latin1', at, at + 80));
        if (module === undefined || name === undefined || !NAME.test(module)) return ended('broken');
        if (gradeOf(module, name).level === 'acts') alarming = true;
        if (!NAME.test(name)) return ended('broken');
        named = true;
        if (opcode === 0x69) acts = true;
      }
      if (opcode === 0x93) named = true;
      // R b \x81 \x92 o
      if (named && (opcode === 0x52 || opcode === 0x62 || opcode === 0x81 || opcode === 0x92 || opcode === 0x6f))
        acts = true;
    }
    opcodes++;
    end = Math.min(at, buffer.length);
  }
  return ended('cut');
}

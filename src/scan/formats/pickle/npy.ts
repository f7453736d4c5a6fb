// numpy's .npy: a header that is a literal of Python, then raw numbers, or a pickle where the elements are objects.
import { type PythonLiteral, parsePythonLiteral } from '../../../reader/index.ts';
import { Cursor } from '../../cursor.ts';
import type { Format, Look } from '../../format.ts';
import { SliceSource, type Source } from '../../source.ts';
import { itemSize } from './arrays.ts';
import { PICKLE } from './pickle.ts';
import { hasHeader } from './start.ts';

const MAGIC = '\x93NUMPY';
/** Above this numpy asks for a flag before it parses a header, since parsing one could crash Python. */
const LONG_HEADER = 10_000;
const LONGEST_HEADER = 1 << 20;
const MOST_ARRAYS = 10_000;
/** A declared size that is no mistake of a truncated file. */
const HUGE = 2 ** 40;

/** Bytes of one element of a type description, or that it holds objects; undefined where it is not understood. */
function elementOf(description: PythonLiteral | undefined): number | 'object' | undefined {
  if (typeof description === 'string') {
    // A text may name several types, `i4,O`, or an object by other names.
    if (/object|pyobj|py_object/i.test(description)) return 'object';
    const parts = description
      .split(',')
      .map((part) => itemSize(part.trim().replace(/^\(?\d+\)?(?=[<>=|]?[a-zA-Z?])/, '')));
    if (parts.includes('object')) return 'object';
    return parts.length === 1 ? parts[0] : undefined;
  }
  if (description instanceof Map)
    return [...description.values()].some((each) => elementsOf(each)) ? 'object' : undefined;
  if (!Array.isArray(description)) return undefined;
  // A list of fields; a pair of a type and its shape.
  if (
    description.length === 2 &&
    (typeof description[0] === 'string' || Array.isArray(description[0])) &&
    isShape(description[1])
  ) {
    const element = elementOf(description[0]);
    return typeof element === 'number' ? element * productOf(shapeOf(description[1]!)) : element;
  }
  let size: number | undefined = 0;
  for (const field of description) {
    if (!Array.isArray(field) || field.length < 2) return undefined;
    const element = elementOf(field.length > 2 ? [field[1]!, field[2]!] : field[1]);
    if (element === 'object') return 'object';
    size = element === undefined || size === undefined ? undefined : size + element;
  }
  return size;
}

const elementsOf = (value: PythonLiteral): boolean =>
  Array.isArray(value) ? value.some((each) => elementOf(each) === 'object') : elementOf(value) === 'object';
const isShape = (value: PythonLiteral | undefined): boolean =>
  typeof value === 'number' || (Array.isArray(value) && value.every((each) => typeof each === 'number'));
const shapeOf = (value: PythonLiteral): number[] => (Array.isArray(value) ? (value as number[]) : [value as number]);
const productOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** Looks at one array. @returns where it ends; undefined where that is not known */
function lookAtArray(source: Source, look: Look, start: number): number | undefined {
  const cursor = new Cursor(source, start + MAGIC.length);
  const major = cursor.u8();
  const minor = cursor.u8();
  if (major < 1 || major > 3 || minor !== 0) {
    look.report('numpy.version', {
      message: `says that it is of version ${major}.${minor}, which numpy does not know`,
      offset: start + 6,
    });
  }
  const length = major === 1 || major > 3 ? cursor.u16() : cursor.u32();
  if (length > LONG_HEADER)
    look.report('numpy.header', {
      message: `has a header of ${length} bytes, which Python's parser may crash on`,
      offset: start,
    });
  if (length > LONGEST_HEADER) throw cursor.malformed('the header is too long');
  const text = Buffer.from(cursor.bytes(length)).toString(major === 3 ? 'utf8' : 'latin1');
  const header = parsePythonLiteral(text.replaceAll('\0', ' '));
  const data = cursor.offset;
  if (!(header instanceof Map) || !header.has('descr') || !header.has('shape')) {
    look.report('numpy.header', {
      message: 'has a header that is no description of an array',
      offset: start,
      evidence: text,
    });
    lookForPickle(source, look, data);
    return undefined;
  }
  const element = elementOf(header.get('descr'));
  const shape = header.get('shape')!;
  if (!isShape(shape) || shapeOf(shape).some((extent) => extent < 0 || !Number.isInteger(extent))) {
    look.report('numpy.header', { message: 'has a shape that is none', offset: start, evidence: text });
  }
  if (element === 'object') {
    look.as(PICKLE, new SliceSource(source, data), data);
    return undefined;
  }
  lookForPickle(source, look, data);
  if (element === undefined || !isShape(shape)) return undefined;
  const bytes = element * productOf(shapeOf(shape));
  if (bytes > HUGE && source.read(data + 2 ** 31, 1).length === 0) {
    look.report('numpy.shape', {
      message: `declares ${bytes} bytes of numbers, for which numpy takes memory, and has not as many`,
      offset: start,
      capability: 'exhaust',
    });
    return undefined;
  }
  return data + bytes;
}

/** A pickle where numbers should be: numpy does not load it, another program may. */
function lookForPickle(source: Source, look: Look, data: number): void {
  const head = source.read(data, 64);
  if (hasHeader(head, 0) && head[1]! >= 2) look.as(PICKLE, new SliceSource(source, data), data);
}

export const NPY: Format = {
  id: 'numpy',
  match: ({ text }) => (text.startsWith(MAGIC) ? 'sure' : false),
  scan: (source, look) => {
    let start: number | undefined = 0;
    for (let count = 0; count < MOST_ARRAYS && start !== undefined; count++) {
      look.budget.step(16);
      const end = lookAtArray(source, look, start);
      if (end === undefined) return;
      const behind = source.read(end, MAGIC.length);
      if (behind.length === 0) {
        if (source.read(end - 1, 1).length === 0) look.unseen('the array ends before its end');
        return;
      }
      // numpy.save writes one array behind the other into an open file, and numpy.load takes a pickle for one.
      if (Buffer.from(behind).toString('latin1') === MAGIC) start = end;
      else {
        if (hasHeader(behind, 0)) look.as(PICKLE, new SliceSource(source, end), end);
        else {
          look.report('numpy.trailing', { message: 'other bytes follow the end of the array', offset: end });
          look.member('behind the array', new SliceSource(source, end), 'data');
        }
        return;
      }
    }
  },
};

// Hostile pickles and arrays: opcodes, marks and memos without end, counts beyond the file, values that grow as they are shown.
import { u16, u32, u64 } from '../../../src/scan/testing/configs.ts';
import { type Part, SIZE, type Shape, chain, each, fill, shape, whole } from './shape.ts';

const HEAD = Buffer.from([0x80, 4]);
const pickle = (...parts: readonly Part[]): Part => chain(HEAD, ...parts, '.');
const op = (...codes: number[]): Buffer => Buffer.from(codes);
const TUPLE2 = 0x86;
const DUP = 0x32;
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
/** A piece over and over, in memory. */
const run = (piece: Uint8Array, bytes: number): Buffer => whole(fill(piece, bytes));
const short = (text: string): Buffer => Buffer.concat([op(0x8c, text.length), Buffer.from(text)]);
const npy = (version: number, header: Part, length: number): Part =>
  chain(
    Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1'),
    version === 1 ? u16(length) : u32(length),
    header,
  );

const filled = (what: string, piece: Uint8Array | string, before: Part = ''): Shape =>
  shape(`pickle, ${what}`, 'model.pkl', () => pickle(before, fill(piece, SIZE - 100)));
const of = (what: string, make: () => Part): Shape => shape(`pickle, ${what}`, 'model.pkl', make);

export const PICKLES: readonly Shape[] = [
  filled('10^8 values', 'N'),
  filled('values that are dropped', 'N0'),
  filled('10^8 marks', '('),
  filled('marks that are dropped', '(1'),
  filled('10^8 lists', ']'),
  filled('tuples within each other', op(0x85), 'N'),
  of('lists within each other', () => pickle(fill(']', SIZE / 2), fill('a', SIZE / 2))),
  of('lists with marks', () => pickle(fill('](', SIZE / 2), fill('Ne', SIZE / 2))),
  of('dictionaries within each other', () => pickle(fill('}N', SIZE / 2), fill('s', SIZE / 4))),
  of('one list of 10^8', () => pickle('](', fill('N', SIZE - 100), 'e')),
  of('a dictionary of 10^7 keys', () =>
    pickle(
      '}(',
      each(10_000_000, (at) => Buffer.concat([op(0x4a), u32(at), op(0x4e)])),
      'u',
    ),
  ),
  of('a set of 10^7', () =>
    pickle(
      op(0x8f, 0x28),
      each(15_000_000, (at) => Buffer.concat([op(0x4a), u32(at)])),
      op(0x90),
    ),
  ),
  filled('memoized without end', op(0x4e, 0x94)),
  of('memo indices far apart', () =>
    pickle(
      'N',
      each(19_000_000, (at) => Buffer.concat([op(0x72), u32(at * 977)])),
    ),
  ),
  of('memo indices in text', () =>
    pickle(
      'N',
      each(8_000_000, (at) => `p${at * 977}\n`),
    ),
  ),
  filled('the memo fetched', op(0x68, 0, 0x30), Buffer.from('Nq\0')),
  filled('duplicates', '2', 'N'),
  of('a billion laughs by DUP', () => pickle('N', fill(op(DUP, TUPLE2), SIZE / 10))),
  of('a billion laughs by the memo', () =>
    pickle(
      ']q\0',
      each(200, (at) => Buffer.concat([Buffer.from('](h'), op(at), run(op(0x68, at), 18), op(0x65, 0x71, at + 1)])),
    ),
  ),
  of('a billion laughs that is called', () =>
    pickle(
      Buffer.from('cos\nsystem\n'),
      ']q\0',
      each(200, (at) => Buffer.concat([Buffer.from('](h'), op(at), run(op(0x68, at), 18), op(0x65, 0x71, at + 1)])),
      op(0x85, 0x52),
    ),
  ),
  of('a string doubled by its own addition', () =>
    pickle(
      short('a'.repeat(100)),
      'q\0',
      each(100_000, (at) =>
        Buffer.concat([
          Buffer.from('c_operator\nconcat\n'),
          op(0x68, at & 255, 0x68, at & 255, TUPLE2, 0x52, 0x71, (at + 1) & 255),
        ]),
      ),
    ),
  ),
  filled('lists that are extended by themselves', 'h\0h\0a', Buffer.from(']q\0')),
  of('LONG4 of 2^31 bytes', () => pickle(op(0x8b, 0xff, 0xff, 0xff, 0x7f), fill('a', 1000))),
  of('LONG4 of 90 MB', () => pickle(op(0x8b), u32(90_000_000), fill('a', 90_000_000))),
  of('BINUNICODE8 of 2^63 bytes', () => pickle(op(0x8d), u64((1n << 63n) - 1n), fill('a', 1000))),
  of('BINBYTES8 of 10^9', () => pickle(op(0x8e), u64(10n ** 9n), fill('a', 1000))),
  of('BYTEARRAY8 of 90 MB', () => pickle(op(0x96), u64(90_000_000n), fill('a', 90_000_000))),
  of('a text of 90 MB', () => pickle(op(0x58), u32(90_000_000), fill('a', 90_000_000))),
  of('a number of 10^8 digits', () => chain('L', fill('7', SIZE - 10), 'L\n.')),
  of('a line of 10^8', () => chain('V', fill('\\u0041', SIZE - 10), '\n.')),
  of('10^7 numbers of 10 digits in text', () => chain('(', fill('L1234567890L\n'), 'l.')),
  of('strings of Python 2 in quotes', () => chain('(', fill("S'\\x41\\x41'\n"), 'l.')),
  filled('frames', op(0x95, 0, 0, 0, 0, 0, 0, 0, 0)),
  filled('headers', op(0x80, 4)),
  of('10^7 pickles', () => fill('N.')),
  of('10^7 pickles with headers', () => fill(op(0x80, 4, 0x4e, 0x2e))),
  of('junk behind it', () => chain(pickle('N'), fill(op(0x80, 3, 0xff)))),
  of('beginnings of pickles behind it', () => chain(pickle('N'), fill(op(0x80, 3, 0x63, 0x61, 0x0a, 0x62)))),
  of('zeros in front', () => fill('\0')),
  of('the same global over and over', () => pickle(fill('cos\nsystem\n'))),
  of('10^6 distinct globals', () => pickle(each(4_000_000, (at) => `cm${at}\nf${at}\n0`))),
  of('globals from the stack', () => pickle(fill(whole(chain(short('os'), short('system'), op(0x93, 0x30)))))),
  filled('a call of a call', ')R', 'cos\nsystem\n'),
  filled('a call with many arguments', '(NNNNNNNNNNtR', 'cos\nsystem\n'),
  filled('states set', '}b', latin1('cm\nC\n)\x81')),
  filled('instances', '(im\nC\n0'),
  filled('instances by OBJ', '(ccollections\nOrderedDict\no0'),
  filled('calls of known constructors', 'ccollections\nOrderedDict\n)R0'),
  filled('extension codes', op(0x84, 1, 2, 3, 4, 0x30)),
  filled('persistent ids', 'N\x51' + '0'),
  filled('persistent ids in text', 'P12345\n0'),
  of('texts that all differ', () => pickle(each(8_000_000, (at) => Buffer.concat([short(`t${at}`), op(0x94, 0x30)])))),
  filled('floats in text', 'F1.5e300\n0'),
  filled('arrays of numpy', latin1('cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85C\x01bt\x94R0')),
  of('pickles within pickles', () => {
    let inner = whole(pickle('N'));
    for (let level = 0; level < 300; level++) {
      inner = whole(pickle('c_pickle\nloads\n', op(0x42), u32(inner.length), inner, op(0x85, 0x52)));
    }
    return inner;
  }),
  of('pickles within pickles, side by side', () => {
    const inner = whole(pickle(latin1('cos\nsystem\nX\x01\0\0\0a\x85R')));
    return pickle(fill(whole(chain('c_pickle\nloads\n', op(0x43, inner.length), inner, op(0x85, 0x52, 0x30)))));
  }),
  of('attributes of attributes', () => pickle(fill(latin1('cbuiltins\ngetattr\n(cos\nsystem\n\x8c\x01atR0')))),
  of('partial of partial', () => pickle('cos\nsystem\nq\0', fill(latin1('cfunctools\npartial\nh\0\x85Rq\0')))),
  of('reduce of a map', () => pickle(fill(latin1('cfunctools\nreduce\ncbuiltins\nmap\n]\x86R0')))),
  shape('npy, a header of 4 GB', 'a.npy', () => npy(2, '{', 0xfffffff0)),
  shape('npy, a header of 90 MB of brackets', 'a.npy', () => npy(2, fill('(', 90_000_000), 90_000_000)),
  shape('npy, a shape of 3 * 10^7 sizes', 'a.npy', () =>
    npy(2, chain("{'descr': '<f4', 'fortran_order': False, 'shape': (", fill('1, ', 90_000_000), ')}'), 90_000_051),
  ),
  shape('npy, a type of 90 MB', 'a.npy', () =>
    npy(
      2,
      chain("{'descr': [", fill("('a', '<f4'), ", 90_000_000), "], 'fortran_order': False, 'shape': (1,)}"),
      90_000_050,
    ),
  ),
  shape('npy, objects without end', 'a.npy', () => {
    const header = "{'descr': '|O', 'fortran_order': False, 'shape': (999999999999,), }\n";
    return chain(npy(1, header, header.length), HEAD, fill('N0'));
  }),
];

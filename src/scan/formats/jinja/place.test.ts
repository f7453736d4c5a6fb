import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placeIndex } from './place.ts';

it('is the byte and the line that counting from the beginning gives', () => {
  const piece = fc.oneof(fc.constantFrom('a'.repeat(1000), '\n', 'é', '\u{1f600}'), fc.string());
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(), (pieces, place) => {
      const text = pieces.join('').replaceAll('\ufffd', '');
      const at = place % (text.length + 1);
      const before = text.slice(0, at);
      const placeOf = placeIndex(text);
      expect(placeOf(at)).toEqual({ offset: Buffer.byteLength(before), line: before.split('\n').length });
    }),
  );
});

it('names no byte of a text that was not UTF-8 throughout: its characters are not those of the file', () => {
  expect(placeIndex('\ufffd\nx')(2)).toEqual({ line: 2 });
});

// Ranges: whatever a client asks for, it gets those bytes of the file, or is told that there are none.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isKnown, parseRange } from './range.ts';

const TAG = '"abc"';

it('reads the forms that there are', () => {
  const known: [range: string, start: number, end: number][] = [
    ['bytes=0-0', 0, 1],
    ['bytes=5-', 5, 10],
    ['bytes=-3', 7, 10],
    ['bytes=-30', 0, 10],
    ['bytes=2-99', 2, 10],
  ];
  for (const [range, start, end] of known)
    expect(parseRange({ range }, 10, TAG)).toEqual({ start, end, partial: true });
  for (const range of ['bytes=10-', 'bytes=-0', 'bytes=99-100'])
    expect(parseRange({ range }, 10, TAG)).toBe('unsatisfiable');
  for (const range of ['bytes=3-1', 'bytes=0-1,4-5', 'lines=1-2', 'bytes=-', 'bytes=a-', '']) {
    expect(parseRange({ range }, 10, TAG)).toEqual({ start: 0, end: 10, partial: false });
  }
});

it('gives all of a file that has changed, and knows what the client has', () => {
  expect(parseRange({ range: 'bytes=5-', 'if-range': TAG }, 10, TAG)).toMatchObject({ start: 5 });
  expect(parseRange({ range: 'bytes=5-', 'if-range': '"other"' }, 10, TAG)).toMatchObject({ start: 0, partial: false });
  expect(isKnown({ 'if-none-match': 'W/"abc", "x"' }, TAG)).toBe(true);
  expect(isKnown({ 'if-none-match': '"x"' }, TAG)).toBe(false);
  expect(isKnown({}, TAG)).toBe(false);
});

it('never leaves the file', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(50), (noise, a, b, size) => {
      for (const range of [noise, `bytes=${a}-${b}`, `bytes=${a}-`, `bytes=-${b}`]) {
        const got = parseRange({ range }, size, TAG);
        if (got === 'unsatisfiable') continue;
        expect(got.start).toBeGreaterThanOrEqual(0);
        expect(got.end).toBeLessThanOrEqual(size);
        expect(got.start).toBeLessThanOrEqual(got.end);
      }
    }),
  );
});

import { expect, it } from 'vitest';
import { fromPlanes, toPlanes } from './channels.ts';
import { corrupt, corruptionsOf, SEVERITIES } from './corruptions.ts';
import { Stream } from './evasion/stream.ts';

const image = { shape: [3, 16, 16] };
const size = 3 * 16 * 16;
const stream = new Stream(1);
// A square on a ground that grows brighter, with a little grain.
const data = Float32Array.from({ length: 4 * size }, (_, i) => {
  const [row, column] = [Math.floor(i / 16) % 16, i % 16];
  const square = row > 4 && row < 11 && column > 4 && column < 11 ? 0.4 : 0;
  return 0.2 + 0.01 * row + square + 0.05 * stream.next();
});
const batch = { data, count: 4 };
const unit = { low: 0, high: 1 };
const gap = (a: Float32Array, b: Float32Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);

/**
 * Whose strengths, as they were published for small pictures, do not grow in the distance to the picture from each to the next: what is moved
 * is smoothed more, or snow is thinner and longer.
 */
const UNEVEN = new Set(['pixelate', 'glass-blur', 'snow']);

it.each(corruptionsOf(image))(
  'changes images more at greater severities, within 0 and 1, the same for a seed: %s',
  (name) => {
    const changes = SEVERITIES.map((severity) => {
      const found = corrupt(name, severity, image, batch, unit, 9);
      expect(found).toEqual(corrupt(name, severity, image, batch, unit, 9));
      expect(found.every((value) => value >= 0 && value <= 1)).toBe(true);
      return gap(found, data);
    });
    expect(changes[0]).toBeGreaterThan(0);
    for (let i = 1; i < 5; i++) {
      if (!UNEVEN.has(name)) expect(changes[i], changes.join()).toBeGreaterThan(changes[i - 1]!);
    }
    const later = corrupt(name, 3, image, { data: data.slice(2 * size), count: 2 }, unit, 9, 2);
    expect(later).toEqual(corrupt(name, 3, image, batch, unit, 9).slice(2 * size));
  },
);

it.each([...UNEVEN])('changes large pictures more at greater severities: %s', (name) => {
  const side = 96;
  const wide = Float32Array.from({ length: 3 * side * side }, (_, i) => {
    const [row, column] = [Math.floor(i / side) % side, i % side];
    return 0.3 + 0.2 * Math.sin(row / 5) * Math.cos(column / 7) + (row > 30 && row < 60 && column > 40 ? 0.25 : 0);
  });
  const [first, middle, last] = ([1, 3, 5] as const).map((severity) => {
    const found = corrupt(name, severity, { shape: [3, side, side] }, { data: wide, count: 1 }, unit, 9);
    return gap(found, wide);
  });
  expect(middle).toBeGreaterThan(first!);
  expect(last).toBeGreaterThan(middle!);
});

it('knows pictures whose channels stand last', () => {
  const shape = [16, 16, 3];
  const planes = data.slice(0, size);
  const last = { data: fromPlanes(planes, shape), count: 1 };
  for (const name of ['snow', 'glass-blur', 'brightness']) {
    const found = corrupt(name, 3, { shape }, last, unit, 9);
    expect(toPlanes(found, shape), name).toEqual(corrupt(name, 3, image, { data: planes, count: 1 }, unit, 9));
  }
});

it('measures up to what the strengths say', () => {
  const grey = { data: new Float32Array(4 * size).fill(0.5), count: 4 };
  expect(gap(corrupt('gaussian-noise', 5, image, grey, unit, 1), grey.data)).toBeCloseTo(0.1, 2);
  expect(gap(corrupt('shot-noise', 5, image, grey, unit, 1), grey.data)).toBeCloseTo(Math.sqrt(0.5 / 50), 2);
  expect(corrupt('brightness', 3, image, grey, unit, 1)[0]).toBeCloseTo(0.65, 6);
  expect(corrupt('contrast', 3, image, grey, unit, 1)[0]).toBeCloseTo(0.5, 6);
  const hit = corrupt('impulse-noise', 5, image, grey, unit, 1).filter((value) => value !== 0.5).length;
  expect(hit / grey.data.length).toBeCloseTo(0.07, 1);
  // Blur, coarse pixels and compression leave an even picture as it is (128 of 255 is one of JPEG's levels).
  for (const name of ['defocus-blur', 'motion-blur', 'pixelate', 'jpeg']) {
    expect(gap(corrupt(name, 5, image, grey, unit, 1), grey.data), name).toBeLessThan(0.005);
  }
});

it('works in the range that the samples have', () => {
  const wide = { low: 0, high: 255 };
  const scaled = { data: data.map((value) => value * 255), count: 4 };
  const found = corrupt('fog', 2, image, scaled, wide, 5);
  const expected = corrupt('fog', 2, image, batch, unit, 5);
  expect(
    gap(
      found.map((value) => value / 255),
      expected,
    ),
  ).toBeLessThan(1e-5);
});

it('corrupts rows of tables by what their columns hold, and leaves alone what may not change', () => {
  const table = { shape: [5] };
  const rows = 200;
  const values = Float32Array.from({ length: rows * 5 }, (_, i) => (i % 5) * 10 + stream.normal() * (1 + (i % 5)));
  const space = { low: -1000, high: 1000, mutable: Uint8Array.of(1, 1, 0, 1, 1) };
  expect(corruptionsOf(table)).toEqual(['noise', 'missing', 'swap']);
  for (const name of corruptionsOf(table)) {
    const found = corrupt(name, 5, table, { data: values, count: rows }, space, 3);
    expect(gap(found, values), name).toBeGreaterThan(0);
    for (let i = 2; i < values.length; i += 5) expect(found[i]).toBe(values[i]);
  }
  const missing = corrupt('missing', 5, table, { data: values, count: rows }, space, 3);
  const share = missing.filter((value, i) => i % 5 !== 2 && value !== values[i]).length / (rows * 4);
  expect(share).toBeGreaterThan(0.4);
  expect(share).toBeLessThan(0.6);
});

it('refuses a corruption that the samples do not have', () => {
  expect(() => corrupt('fog', 1, { shape: [4] }, batch, unit, 1)).toThrow(RangeError);
});

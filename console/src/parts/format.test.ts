import { expect, it } from 'vitest';
import { formatBytes, formatCompact, formatCost, formatDistance, formatWeight, formatDuration } from './format.ts';

it.each([
  [0, '$0'],
  [40, '<$0.0001'],
  [1_250, '$0.0013'],
  [45_600, '$0.046'],
  [1_500_000, '$1.50'],
  [1_234_567_890, '$1,234.57'],
])('%d micros cost %s', (micros, text) => {
  expect(formatCost(micros)).toBe(text);
});

it.each([
  [0.2, '<1 ms'],
  [512.4, '512 ms'],
  [1_234, '1.23 s'],
  [75_000, '1 min 15 s'],
  [5_400_000, '1 h 30 min'],
  [259_200_000, '3 d 0 h'],
  [3_599_700, '1 h 0 min'],
  [151_199_000, '42 h 0 min'],
  [259_199_000, '3 d 0 h'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('says how far away', () => {
  expect(formatDistance(-90_000)).toBe('2 min ago');
  expect(formatDistance(45_000)).toBe('in 45 s');
  expect(formatDistance(100)).toBe('now');
});

it('signs a weight', () => {
  expect([formatWeight(1.204), formatWeight(-0.5)]).toEqual(['+1.20', '\u22120.50']);
});

it('shortens what is large', () => {
  expect(formatCompact(9_999)).toBe('9,999');
  expect(formatCompact(1_234_567)).toBe('1.2M');
  expect(formatBytes(41)).toBe('41 B');
  expect(formatBytes(312_000_000)).toBe('312 MB');
});

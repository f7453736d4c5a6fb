// Evidence must never carry what it stands for.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maskEvidence } from './evidence.ts';

it('shows the length, and the end of a long text where asked', () => {
  expect(maskEvidence('4111111111111111', { keepEnd: 4 })).toBe('************1111 (16)');
  expect(maskEvidence('hunter2')).toBe('******* (7)');
  expect(maskEvidence('')).toBe(' (0)');
});

it('keeps nothing of a text too short to spare it', () => {
  expect(maskEvidence('secret', { keepStart: 2, keepEnd: 2 })).toBe('****** (6)');
});

it('never shows more than a quarter, nor a control character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(8), fc.nat(8), (text, keepStart, keepEnd) => {
      const body = maskEvidence(text, { keepStart, keepEnd }).replace(/ \(\d+\)$/, '');
      expect(body).toMatch(/^[\x20-\x7e]*$/);
      const shown = keepStart + keepEnd <= text.length / 4 ? keepStart + keepEnd : 0;
      expect(body.length).toBeLessThanOrEqual(shown + 12);
    }),
  );
});

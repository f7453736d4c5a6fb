// Warming up asks every detector once for each channel it judges, and leaves nothing behind.
import { expect, it } from 'vitest';
import { activeContentDetector } from './active-content.ts';
import type { Detector } from './detector.ts';
import { leakDetector } from './leak.ts';
import { piiDetector } from './pii/detector.ts';
import { warmUp } from './warm-up.ts';

it('asks each detector for its own channels, with narrow and wide text', () => {
  const asked: string[] = [];
  let compiled = 0;
  const spy: Detector = {
    ...piiDetector,
    appliesTo: (channel) => channel !== 'tool_result',
    warmUp: () => compiled++,
    inspect(view, { channel }) {
      asked.push(`${channel} ${view.folded === view.original && /^[ -~\n]*$/.test(view.folded) ? 'narrow' : 'wide'}`);
      return [];
    },
  };
  warmUp([spy, leakDetector, activeContentDetector]);
  expect(compiled).toBe(1);
  expect(asked).toEqual(['user narrow', 'user wide', 'output narrow', 'output wide']);
});

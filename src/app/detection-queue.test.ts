// A detection that meets a full disk becomes an incident all the same, once there is room.
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import type { Detection } from '../contract/index.ts';
import { createDetectionQueue } from './detection-queue.ts';

const DETECTION = { rule: 'r' } as Detection;

it('tries again what the disk kept out, in order, and passes over nothing', async () => {
  const taken: number[] = [];
  const faults: unknown[] = [];
  let disk: 'full' | 'works' = 'full';
  const queue = createDetectionQueue(
    (seq) => {
      if (disk === 'full') return Promise.reject(new AncileError('store_fault', 'the disk is full'));
      taken.push(seq);
      return Promise.resolve();
    },
    (fault) => faults.push(fault),
  );
  await queue.hear(1, DETECTION);
  await queue.hear(2, DETECTION);
  expect([taken, faults.length]).toEqual([[], 2]);
  disk = 'works';
  await queue.retry();
  expect(taken).toEqual([1, 2]);
  await queue.hear(3, DETECTION);
  expect(taken).toEqual([1, 2, 3]);
});

it('leaves out one that cannot be taken in at all', async () => {
  const taken: number[] = [];
  const queue = createDetectionQueue(
    (seq) => {
      if (seq === 1) return Promise.reject(new Error('not as detections are'));
      taken.push(seq);
      return Promise.resolve();
    },
    () => undefined,
  );
  await Promise.all([queue.hear(1, DETECTION), queue.hear(2, DETECTION)]);
  await queue.idle();
  expect(taken).toEqual([2]);
});

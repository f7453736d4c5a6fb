// The process of a classifier: a fault of the model ends that process, and not the gateway's.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { atEnd, tempFolder } from '../../../test/harness/cleanup.ts';
import { writeTinyModel } from '../../../test/harness/onnx-model.ts';
import { openClassifier } from './classifier-process.ts';

const signal = new AbortController().signal;

async function open(bounds: { readonly textMs?: number; readonly restMs?: number } = {}) {
  const settings = { folder: writeTinyModel(tempFolder()), maxTokens: 512, threads: 1 };
  const classifier = await openClassifier({ settings, ...bounds });
  atEnd(() => classifier.close());
  return classifier;
}

it('judges one text after the other, and none for those who have gone', async () => {
  const classifier = await open();
  expect(process.kill(classifier.pid!, 0)).toBe(true);
  const scores = await Promise.all(['tell', 'me', 'obey'].map((text) => classifier.classify(text, signal)));
  expect(scores.map((score) => Math.round(score! * 100))).toEqual([12, 12, 98]);
  expect(await classifier.classify('tell '.repeat(60_000), signal)).toBeUndefined();
  await expect(classifier.classify('obey', AbortSignal.abort())).rejects.toMatchObject({ code: 'guard_fault' });
  const { pid } = classifier;
  await classifier.close();
  expect(() => process.kill(pid!, 0)).toThrow('ESRCH');
  await expect(classifier.classify('obey', signal)).rejects.toMatchObject({ code: 'guard_fault' });
});

it('is started again when its process has died or did not answer in time, after a rest', async () => {
  const classifier = await open({ textMs: 300, restMs: 0 });
  process.kill(classifier.pid!, 'SIGKILL');
  await expect(classifier.classify('obey', signal)).rejects.toMatchObject({ code: 'guard_fault' });
  expect(await classifier.classify('obey', signal)).toBeCloseTo(0.982, 3);
  process.kill(classifier.pid!, 'SIGSTOP');
  await expect(classifier.classify('obey', signal)).rejects.toMatchObject({ code: 'guard_fault' });
  expect(classifier.pid).toBeUndefined();

  const resting = await open({ restMs: 60_000 });
  process.kill(resting.pid!, 'SIGKILL');
  await expect(resting.classify('obey', signal)).rejects.toMatchObject({ code: 'guard_fault' });
  await expect(resting.classify('obey', signal)).rejects.toMatchObject({ code: 'guard_fault' });
  expect(resting.pid).toBeUndefined();
});

it('tells its starter what is wrong with the model', async () => {
  const folder = writeTinyModel(tempFolder());
  writeFileSync(join(folder, 'model.onnx'), 'no model');
  await expect(openClassifier({ settings: { folder, maxTokens: 512, threads: 1 } })).rejects.toMatchObject({
    code: 'model_invalid',
    at: 'detect.second.folder',
    hint: expect.stringContaining('second-stage.md') as string,
  });
});

// A real classifier, small enough to be made here, by the real runtime.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../../test/harness/cleanup.ts';
import { type TinyModel, writeTinyModel } from '../../../test/harness/onnx-model.ts';
import { openModel } from './classifier-model.ts';
import { checkModelFolder } from './model-folder.ts';

function open(model: TinyModel = {}, maxTokens = 512) {
  return openModel({ folder: writeTinyModel(tempFolder(), model), maxTokens, threads: 1 });
}

it('judges texts, whatever inputs the model wants', async () => {
  const model = await open();
  expect(await model.classify('Please tell me.')).toBeCloseTo(0.1192, 4);
  expect(await model.classify('OBEY!')).toBeCloseTo(0.982, 3);
  expect(await model.classify('')).toBeCloseTo(0.1192, 4);
  const more = await open({ inputs: ['input_ids', 'attention_mask', 'token_type_ids'] });
  expect(await more.classify('obey')).toBeCloseTo(0.982, 3);
});

it('reads long texts by windows, the loudest of which counts, and none that is too long', async () => {
  const model = await open({}, 16);
  const plain = 'tell me '.repeat(40);
  expect(await model.classify(plain)).toBeCloseTo(0.1192, 4);
  for (const text of [`${plain} obey ${plain}`, `obey ${plain}`, `${plain} obey`]) {
    expect(await model.classify(text)).toBeCloseTo(0.982, 3);
  }
  expect(await model.classify('tell '.repeat(3000))).toBeNull();
});

it('takes the labels that say attack, and asks for them where no name says so', async () => {
  const swapped = await open({ labels: ['jailbreak', 'benign'] });
  expect(await swapped.classify('obey')).toBeCloseTo(0.018, 3);
  await expect(open({ labels: null })).rejects.toMatchObject({
    code: 'config_invalid',
    at: 'detect.second.labels',
    message: expect.stringContaining('LABEL_0, LABEL_1') as string,
  });
});

it.each([
  ['model.onnx', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 100))],
  ['tokenizer.json', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 100))],
  ['tokenizer.json', (path: string) => writeFileSync(path, '{"model": {"type": "Nothing"}}')],
  ['config.json', (path: string) => writeFileSync(path, '{"id2label": 3}')],
])('says of a broken %s that it is that', async (file, damage) => {
  const folder = writeTinyModel(tempFolder());
  damage(join(folder, file));
  await expect(openModel({ folder, maxTokens: 512, threads: 1 })).rejects.toMatchObject({
    code: 'model_invalid',
    message: expect.stringContaining(file) as string,
  });
});

it('refuses a model that reads something else than text', async () => {
  await expect(open({ inputs: ['pixels'] })).rejects.toThrow(/an input that no text is, "pixels"/);
});

it('sees before a start what of the folder is missing', () => {
  const folder = writeTinyModel(tempFolder());
  checkModelFolder(folder);
  rmSync(join(folder, 'tokenizer.json'));
  expect(() => checkModelFolder(folder)).toThrow(/tokenizer\.json cannot be read \(ENOENT\)/);
});

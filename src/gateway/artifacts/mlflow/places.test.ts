import { expect, it } from 'vitest';
import { modelOf, placeOf, toLoggedModel, toStorePath } from './places.ts';

const RUN = 'a'.repeat(32);
const MODEL = `m-${'b'.repeat(32)}`;

it.each([
  [`0/${RUN}/artifacts/model/data/x.bin`, `0/${RUN}/artifacts/model`, 'data/x.bin'],
  [`${RUN}/artifacts/model/MLmodel`, `${RUN}/artifacts/model`, 'MLmodel'],
  [`0/${RUN}/artifacts/x.json`, `0/${RUN}/artifacts/x.json`, 'x.json'],
  [`0/${RUN}/artifacts/artifacts/x`, `0/${RUN}/artifacts/artifacts`, 'x'],
  [`0/models/${MODEL}/artifacts/sub/x.bin`, `0/models/${MODEL}/artifacts`, 'sub/x.bin'],
])('%s is of one model', (address, repo, path) => {
  expect(placeOf(address)).toEqual({ repo, path });
});

it.each([
  `0/${RUN}/artifacts`,
  `0/${RUN}/other/x`,
  `${MODEL}/artifacts/x`,
  'a/artifacts/x',
  `0/${RUN}/artifacts/../x`,
  '',
])('%s is of none', (address) => expect(placeOf(address)).toBeUndefined());

it('knows what lies within a model, and what above', () => {
  expect(modelOf(`0/${RUN}/artifacts`)).toBeUndefined();
  expect(modelOf(`0/${RUN}/artifacts/model`)).toBe(`0/${RUN}/artifacts/model`);
  expect(modelOf(`0/${RUN}/artifacts/model/data`)).toBe(`0/${RUN}/artifacts/model`);
  expect(modelOf(`0/models/${MODEL}/artifacts`)).toBe(`0/models/${MODEL}/artifacts`);
});

it('reads addresses of the server’s own store, and of nothing else', () => {
  expect(toStorePath('mlflow-artifacts:/0/run/artifacts/')).toBe('0/run/artifacts');
  expect(toStorePath('mlflow-artifacts://host:5000/0/run')).toBe('0/run');
  for (const uri of ['s3://b/k', 'file:///x', '/x', 'mlflow-artifacts:/', 'mlflow-artifacts:/a/../b', 'runs:/x/y']) {
    expect(toStorePath(uri)).toBeUndefined();
  }
  expect(toLoggedModel(`models:/${MODEL}`)).toBe(MODEL);
  expect(toLoggedModel('models:/iris/1')).toBeUndefined();
});

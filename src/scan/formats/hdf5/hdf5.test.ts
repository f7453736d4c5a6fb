import { inflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';
import {
  attribute,
  dataset,
  externalLink,
  group,
  hardLink,
  Hdf5Writer,
  longAttribute,
  type Message,
  softLink,
  userLink,
} from '../../testing/hdf5.ts';

const LAYERS = JSON.stringify({
  class_name: 'Sequential',
  config: { layers: [{ class_name: 'Dense', config: { units: 2 } }] },
});
const EVIL = JSON.stringify({
  class_name: 'Sequential',
  config: { layers: [{ class_name: 'system', module: 'os', config: {} }] },
});
/** Written by h5py with libver='latest': 40 attributes and 40 links, which it keeps in fractal heaps; one attribute is EVIL. */
const DENSE = inflateSync(
  Buffer.from(
    'eNrtmX1QFHUYx5+94/B4RwPkEAEPxJd04HYFFAwBzwNH4kXQqcEEOk5DD084SFDPMgcjTVJnUsyKfHdU0sahMjPLGRk1SzJtDMepUVOp8SVHVDCjvd/e/vjhkzO92B/VPgOzz37v8/t9l2f32T1++0qG0eTjGeKp1mpBjm5XZEdL+7Eu/XqXOT47wzhZNWhcu3Y2+zufU/VzEq3BEvmsTtp6qoADCOwHbgAtnKQ9pXJNZ+RAib8fN0c+l2uanJEDzhOoAn9A53Gjh7S/SK68zGh7b4f9QUc38iOFdA6HiltdtKxs02U60vIzjOK8omNfUSkZ2uomfyq7LD5753FTnkjBl64LQT48FfLLgWrRQ3ZrGyDpg6H39kraMXNafqZJ9N2rlvTuboCsLj8vKGWEWW+06KGeEYZ8MGMYnGGEdSnDE+Ak1yNoYuOSoUvVI3jnL0yFIOgRgidtTYM6ZohvS2U6FDHEJxs60mE5M0eVJS8LmpghwnxNPiQxQwJfe3oK7GGGJL3rVQC1bj1CZ/4LBbCDEaLr28vhFjPH/o+aKs7Ez7rx/+iGtPyJWeL5T2Vqtj/jfUer65ryb3WXkuDw9m/ClJvHf/D8k/4/zZz/zZt+cMAdjSgkS8IVt8YXoZZpkZHvPbkYkplG7DZeeAnuMMKEPcW1EMpMWlc/vh7MDDF+3s16SNb0CFsPHVkLt9jOjNrZACcY4e6B8+ugiRmy7Z0Dm6GOERp43VYIZ25M/Fftu8HMEHvWHGuGJGbSpF9Pfgg65sASr7V8CkZmDtvFc0fgJDPH8wcbv4AiZo5xy3ZegB1MgbqW7LsEM5g///D20HbQMXO0596+ASeYIfr1FR0QxEx6LeVS5/XslbZ/9vynj8/O5JhnnPwdw+raLtCbrcV2e+Gc4jKLPjFCn2cpr7LMqSwttupHROjNtjkzSmeK+gK9tbjGUmEX04IHh9hr7JWWMideZiupshLNZu893OF4xuFgj2uun9KbSiihhBJKKKGEEkoooYQSSijxqIKshPeBh6yEG137da73Ew9bcv4TK+F0pLTSEOFcCQ+VNdvoyClkJVzj5LxEpWRom072kF3s5qBOaSXcCL1XLTjk51wJj6CfdLtWwkOg93bMiDRvshKmObwqXAVHRckTWi6tUYODc6bqRZvc4R5R36yZ5UOOxBPqAt7yhXSSLuXa+kIqYV+/vy8MaojqdTQxEiYRdZ6pOgpKSTpqV1MUrCCAW0dlPKwnas2y6ARYQtTcLPdUKCDphdu7TfAyAYYMr8iCc0Qd27F6GiQQte3i+WmwiqS1e1uK4AkC3B2cOBvWkvTHzzqtcJCkmwN0FTCFsOnVPsvIqpcnRBZGLwcbAaqKmuvBj6jfHs1fCeFEDY+Z3gAWKbUfXweFBGh5dcTbcJmo5XVcI3xNUkfj/UaIJMD0ExkbwU7SnLGqLZBLgMsTVuyGkURtWHqvGQKJ6nu6dh80S0W9eu4YCCR1v9F1HH4m6S+N5a2wk6Snfhp4FjaQ9OrCzA7QkMm21e7qgi1i2h9CBnx/6q90Ql7eBPrKh1MD3FeT7HMO4sgieMitU9cJJHcDJ15+HzsvrEEm/xxThjGNvs9zxt57Ht9xWk49MzaWgxgpM9CMp5lAs1E0i6NZPM0SaDaaZmPkzEA9DNTDQD0M1MNAPQzUw0A9DNTDQD0M1IOnHjz14KkHTz146sFTD5568NSDpx489RCoh0A9BOohUA+BegjUQ6AeAvUQqIcgeaRw1eJ9LsZSaY6ZW2y3zyuBmJJHcyN1nn/5nS1533d6te9BtZh5O/eK+QTw18qvDlPIbdB1MwIGGo2gUAyNQdBABAmxCArDkAFB4RjiERSBIQFBgzA0CkF6DMUhKBJD8QiKwhCu+GAM4YpHYwhXfAiFfCDACZXZSizWQmlFW7yzcuRx6k+fPOTVLllVb9X+/rNKiX/3F6le/e+MAo+EqT3XUCxuSEAXWixuSA5DuCFVGMINqcYQbkg3DOGG1GAIN6Q7hnBD9sEQbkgthnBDeiDIgCvuiSFccS8M4Yp7YwhX3AdDuOK+GMIV98MQrrg/hnDF+2IIV7wfhnDFH8NPJlzxAAzhigdiCFc8CEO44v0xhCsejCFccR2GcMVD2P6f+ED/61wPN11Y73+q5Dg01bD9N5khOvg=',
    'base64',
  ),
);

const write = (make: (writer: Hdf5Writer) => Message[], block?: Buffer): Buffer => {
  const writer = new Hdf5Writer(block);
  return writer.file(writer.object(group, ...make(writer)));
};

it('is clean with weights, links within it and a configuration of layers', () => {
  const bytes = write((writer) => {
    const values = writer.object(
      dataset.space(3, 4),
      dataset.integers,
      dataset.contiguous(writer.put(Buffer.alloc(48)), 48),
    );
    const weights = writer.object(
      group,
      attribute('layer_names', 'dense'),
      hardLink('kernel:0', values),
      softLink('again', '/weights'),
    );
    return [
      longAttribute(writer, 'model_config', LAYERS),
      attribute('keras_version', '2.15.0'),
      hardLink('weights', weights),
    ];
  });
  expect(scanBytes('model.h5', bytes)).toMatchObject({
    format: 'keras-h5',
    verdict: 'clean',
    findings: [],
    unseen: [],
  });
});

it('is judged by the configuration in its attributes, of any length and in any group', () => {
  expect(
    alarms(
      'model.h5',
      write((writer) => [longAttribute(writer, 'model_config', EVIL)]),
    ),
  ).toEqual(['critical keras.module']);
  expect(
    alarms(
      'model.bin',
      write(() => [attribute('training_config', EVIL)]),
    ),
  ).toEqual(['critical keras.module']);
  const nested = write((writer) => [
    hardLink('a', writer.object(group, hardLink('b', writer.object(group, attribute('x', EVIL))))),
  ]);
  expect(alarms('model.h5', nested)).toEqual(['critical keras.module']);
});

it('is judged by what lies in fractal heaps', () => {
  const report = scanBytes('model.h5', DENSE);
  expect(report.findings.map(({ rule, member }) => [rule, member]).sort()).toEqual([
    ['hdf5.external', undefined],
    ['keras.module', '/@model_config'],
  ]);
  expect(report.unseen).toEqual([]);
});

it('is found to read other files', () => {
  expect(
    alarms(
      'a.h5',
      write(() => [externalLink('w', '/etc/passwd', '/d')]),
    ),
  ).toEqual(['high hdf5.external']);
  const external = write((writer) => [
    hardLink(
      'd',
      writer.object(
        dataset.space(25),
        dataset.integers,
        dataset.external(writer, '/etc/passwd'),
        dataset.contiguous(-1n, 100),
      ),
    ),
  ]);
  const { findings } = scanBytes('a.h5', external);
  expect(findings[0]).toMatchObject({
    rule: 'hdf5.external',
    capability: 'file',
    message: expect.stringContaining('"/etc/passwd"') as string,
  });
  expect(
    alarms(
      'a.h5',
      write((writer) => [hardLink('d', writer.object(dataset.space(9), dataset.integers, dataset.virtual))]),
    ),
  ).toEqual(['medium hdf5.external']);
  expect(
    alarms(
      'a.h5',
      write(() => [userLink('u')]),
    ),
  ).toEqual(['medium hdf5.user-link']);
});

it('is found to take all memory, and to ask for a plugin', () => {
  const huge = write((writer) => [
    hardLink('d', writer.object(dataset.space(1n << 40n), dataset.integers, dataset.contiguous(-1n, 0))),
  ]);
  expect(alarms('a.h5', huge)).toEqual(['medium hdf5.size']);
  const packed = (id: number): Buffer =>
    write((writer) => [
      hardLink(
        'd',
        writer.object(dataset.space(2), dataset.integers, dataset.filter(id, 'f'), dataset.contiguous(-1n, 0)),
      ),
    ]);
  expect(alarms('a.h5', packed(40_000))).toEqual(['medium hdf5.filter']);
  expect(alarms('a.h5', packed(32_001))).toEqual([]);
});

it('has its pickles looked at: in attributes, and in rows of any length', () => {
  const pickle = Buffer.from('\x80\x02}q\x00.', 'latin1');
  const rows = write((writer) => [
    hardLink(
      'o',
      writer.object(
        dataset.space(2),
        dataset.longTexts,
        dataset.contiguous(writer.put(writer.longTexts([Buffer.from('text.'), pickle])), 32),
      ),
    ),
  ]);
  expect(rulesOf('a.h5', rows)).toEqual(['hdf5.pickle']);
  expect(scanBytes('a.h5', rows).members.map(({ path }) => path)).toEqual(['/o.pkl']);
  const kept = write(() => [attribute('info', pickle), attribute('old', '(dp1\n.'), attribute('TITLE', 'A title.')]);
  expect(scanBytes('a.h5', kept).members.map(({ path }) => path)).toEqual(['/@info.pkl', '/@old.pkl']);
});

it('is known behind a user block, which is looked at as well', () => {
  const block = Buffer.alloc(512);
  block.write('#!/bin/sh\n');
  const bytes = write(() => [attribute('model_config', EVIL)], block);
  expect(rulesOf('a.bin', bytes)).toEqual(['executable.disguised', 'hdf5.user-block', 'keras.module']);
});

it('ends where a group holds itself, and says where an object is broken while the rest is looked at', () => {
  const writer = new Hdf5Writer();
  const at = 96;
  const root = writer.object(group, hardLink('self', at), hardLink('gone', 1 << 30), attribute('model_config', EVIL));
  expect(root).toBe(at);
  const report = scanBytes('a.h5', writer.file(root));
  expect(report.verdict).toBe('malicious');
  expect(report.unseen[0]!.reason).toMatch(/^\/gone is broken at byte/);
});

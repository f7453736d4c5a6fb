import { describe, expect, it } from 'vitest';
import { alarms, scanBytes } from '../../testing/configs.ts';
import { field, number } from '../../testing/protobuf.ts';

const description = (...texts: string[]): Buffer =>
  field(2, field(1, field(1, 'image')), field(100, ...texts.map((text, at) => field(at + 1, text))));
const model = (...kinds: Buffer[]): Buffer =>
  Buffer.concat([number(1, 4), description('A classifier', '1.0', 'me'), ...kinds]);
const layer = (...parts: Buffer[]): Buffer => field(1, field(1, 'l'), ...parts);
const network = (...layers: Buffer[]): Buffer => field(500, ...layers);
const linked = (name: string, search = '.'): Buffer =>
  field(556, field(1, field(1, field(1, name)), field(2, field(1, search))));
/** An operation with a weight that lies in a file; where it is given, in a block within another operation. */
const program = (path: string, nested = false): Buffer => {
  const value = field(5, field(1, path), number(2, 64));
  const entry = (id: number, inner: Buffer): Buffer => field(id, field(1, 'key'), field(2, inner));
  const operation = field(3, field(1, 'const'), entry(5, value));
  const block = nested ? field(3, field(1, 'cond'), field(4, operation)) : operation;
  return field(502, number(1, 1), entry(2, Buffer.concat([field(2, 'CoreML7'), entry(3, block)])));
};

it.each([
  ['a network', model(network(layer(field(2, 'input'), field(140, number(1, 2)))))],
  ['a program with its weights', model(program('@model_path/weights/weight.bin'))],
  ['a pipeline', model(field(202, field(1, model(network(layer(field(2, 'a')))))))],
  ['a model linked from its own folder', model(linked('other.mlmodelc', '.:models'))],
])('is clean: %s', (_, bytes) => {
  expect(scanBytes('model.mlmodel', bytes)).toMatchObject({
    format: 'coreml',
    verdict: 'clean',
    findings: [],
    unseen: [],
  });
});

describe('code of the application is found', () => {
  it('as a model, as a layer, and where it stands', () => {
    const bytes = model(field(555, field(10, 'EvilModel')));
    const { findings } = scanBytes('weights.bin', bytes);
    expect(findings).toMatchObject([
      { rule: 'coreml.custom', severity: 'medium', message: expect.stringContaining('EvilModel') as string },
    ]);
    expect(bytes.indexOf('EvilModel') - findings[0]!.offset!).toBeLessThan(4);
    expect(alarms('m.mlmodel', model(network(layer(field(500, field(10, 'EvilLayer'))))))).toEqual([
      'medium coreml.custom',
    ]);
  });

  it('in pipelines, and in classifiers around them', () => {
    const inner = field(1, model(field(555, field(10, 'EvilModel'))));
    expect(alarms('m.mlmodel', model(field(202, inner)))).toEqual(['medium coreml.custom']);
    expect(alarms('m.mlmodel', model(field(200, field(1, inner))))).toEqual(['medium coreml.custom']);
  });
});

describe('files outside of the folder are found', () => {
  it.each(['../../evil.mlmodelc', '/tmp/evil.mlmodelc', '~/evil.mlmodelc', 'https://example.com/m'])(
    'as a model at %s',
    (path) => {
      expect(alarms('m.mlmodel', model(linked(path)))).toEqual(['high coreml.linked']);
      expect(alarms('m.mlmodel', model(linked('m', path)))).toEqual(['high coreml.linked']);
      expect(alarms('m.mlmodel', model(linked('m', `.:${path}`)))).toEqual(['high coreml.linked']);
    },
  );

  it.each(['@model_path/../../../etc/passwd', '/etc/passwd', '../weight.bin'])('as weights at %s', (path) => {
    expect(alarms('m.mlmodel', model(program(path)))).toEqual(['high coreml.linked']);
    expect(alarms('m.mlmodel', model(program(path, true)))).toEqual(['high coreml.linked']);
  });
});

it('has its description looked at', () => {
  const bytes = Buffer.concat([number(1, 4), description('<img src=x onerror=alert(1)>'), network()]);
  expect(alarms('m.mlmodel', bytes)).toEqual(['high graph.active']);
});

it('is never clean where it breaks off', () => {
  const bytes = model(program('/etc/passwd'));
  for (let size = 4; size < bytes.length; size++)
    expect([size, scanBytes('model.mlmodel', bytes.subarray(0, size)).verdict]).not.toEqual([size, 'clean']);
});

// Whether a configuration would start, told before anything depends on it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseConfig } from '../config/index.ts';
import { checkConfig } from './check-config.ts';

const dir = mkdtempSync(join(tmpdir(), 'ancile-check-'));
afterAll(() => rmSync(dir, { recursive: true }));

const check = (value: object) =>
  checkConfig({ config: parseConfig(JSON.stringify(value), 'ancile.yaml'), file: undefined, dir });

it('passes what would start, and says what of it is hardly meant', () => {
  expect(check({})).toMatchObject({ policyVersion: expect.stringMatching(/^[0-9a-f]{64}$/), warnings: [] });
  expect(check({}).detectors).toContain('pii');
  const { warnings } = check({ detect: { disabled: ['pii.card', 'pii.cards'] } });
  expect(warnings).toEqual([expect.stringContaining('pii.cards')]);
  const second = { kind: 'judge', model: 'judge', onFault: 'flag' };
  expect(check({ detect: { second, disabled: ['injection.second'] } }).warnings).toEqual([]);
  expect(check({ detect: { second, detectors: ['pii'] } }).warnings).toEqual([
    expect.stringContaining('detect.second'),
  ]);
});

it('wants to be told what a request comes to without a second opinion', () => {
  const value = { detect: { second: { kind: 'judge', model: 'judge' } } };
  expect(() => check(value)).toThrow(/detect\.second\.onFault/);
  expect(() => check({ detect: { second: { ...value.detect.second, onFault: 'deny', band: [0.8, 0.2] } } })).toThrow(
    /the lower end comes first/,
  );
});

it.each([
  ['listening beyond the machine in plain text', { server: { host: '0.0.0.0' } }, 'server.host'],
  ['a certificate that is not there', { server: { tls: { cert: 'none.pem', key: 'none.pem' } } }, 'server.tls.cert'],
  ['a certificate that is none', { server: { tls: { cert: 'text.pem', key: 'text.pem' } } }, 'server.tls'],
  ['policies that are not there', { policy: { set: 'none' } }, expect.stringContaining('policy-set.yaml')],
  ['rules that are not there', { detect: { rules: ['none.yaml'] } }, 'detect.rules[0]'],
  [
    'a judge that no route serves',
    {
      models: { 'gpt-*': { upstream: 'practice' } },
      detect: { second: { kind: 'judge', model: 'x', onFault: 'deny' } },
    },
    'detect.second.model',
  ],
  [
    'a classifier that is not there',
    { detect: { second: { kind: 'onnx', folder: 'none', onFault: 'deny' } } },
    'detect.second.folder',
  ],
])('refuses %s, as a start would', (_, value, at) => {
  writeFileSync(join(dir, 'text.pem'), 'no certificate');
  let thrown: unknown;
  try {
    check(value);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ name: 'AncileError', at });
});

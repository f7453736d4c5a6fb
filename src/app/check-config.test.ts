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
});

it.each([
  ['listening beyond the machine in plain text', { server: { host: '0.0.0.0' } }, 'server.host'],
  ['a certificate that is not there', { server: { tls: { cert: 'none.pem', key: 'none.pem' } } }, 'server.tls.cert'],
  ['a certificate that is none', { server: { tls: { cert: 'text.pem', key: 'text.pem' } } }, 'server.tls'],
  ['policies that are not there', { policy: { set: 'none' } }, expect.stringContaining('policy-set.yaml')],
  ['rules that are not there', { detect: { rules: ['none.yaml'] } }, 'detect.rules[0]'],
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

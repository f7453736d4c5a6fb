import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { loadConfig, parseConfig, readSecret } from './index.ts';

const smallest = `
server: { host: 127.0.0.1, port: 8700 }
dataDir: ./data
upstreams:
  main: { kind: openai, baseUrl: http://127.0.0.1:9000/v1, apiKey: { env: UPSTREAM_KEY } }
models:
  "*": { upstream: main }
`;

function problem(text: string): AncileError {
  try {
    parseConfig(text, 'ancile.yaml');
  } catch (thrown) {
    if (thrown instanceof AncileError) return thrown;
  }
  throw new Error('the configuration was accepted');
}

it('takes the smallest configuration and fills in the rest', () => {
  const config = parseConfig(smallest, 'ancile.yaml');
  expect(config.models).toEqual({ '*': { upstream: 'main' } });
  expect(config.limits.upstreamHeadersTimeout).toBe(300_000);
  expect(config.capture).toEqual({ enabled: false, retention: 30 * 86_400_000, feedbackRetention: 180 * 86_400_000 });
});

it('serves the practice model when nothing is configured', () => {
  expect(parseConfig('', 'ancile.yaml').upstreams).toEqual({ practice: { kind: 'practice' } });
});

it('names line and field of every problem', () => {
  const error = problem(smallest.replace('port: 8700', 'port: 99999').replace('upstream: main', 'upstream: mian'));
  expect(error.code).toBe('config_invalid');
  expect(error.message).toMatch(/^ancile\.yaml:2: server\.port: /);
  const dangling = problem(smallest.replace('upstream: main', 'upstream: mian'));
  expect(dangling.message).toBe('ancile.yaml:7: models.*.upstream: no upstream is named "mian"; there is: main');
});

it('refuses fields it does not know, broken YAML and a secret in plain sight', () => {
  expect(problem(`${smallest}\nsever: {}`).message).toMatch(/sever/);
  expect(problem('server: {host: ').message).toMatch(/^ancile\.yaml:1: /);
  expect(problem(smallest.replace('{ env: UPSTREAM_KEY }', 'sk-live-123')).message).toMatch(
    /^ancile\.yaml:5: upstreams\.main\.apiKey: /,
  );
  expect(problem(smallest.replace('{ env: UPSTREAM_KEY }', 'sk-live-123')).message).not.toContain('sk-live');
  expect(problem('limits: { headersTimeout: 5 minutes }').message).toMatch(/30s/);
});

it('knows where its file is, and says so when there is none', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ancile-config-'));
  writeFileSync(join(dir, 'a.yaml'), smallest);
  expect(loadConfig(join(dir, 'a.yaml')).dir).toBe(dir);
  expect(() => loadConfig(join(dir, 'b.yaml'))).toThrow(/cannot be read \(ENOENT\)/);
});

it('reads secrets from where they are named, and never prints them', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ancile-config-'));
  writeFileSync(join(dir, 'key'), ' s3cret \n');
  expect(readSecret({ file: 'key' }, 'upstreams.main.apiKey', dir)).toBe('s3cret');
  expect(() => readSecret({ env: 'ANCILE_NO_SUCH' }, 'upstreams.main.apiKey', dir)).toThrow(
    /ANCILE_NO_SUCH is not set/,
  );
});

import { expect, it } from 'vitest';
import { scanText } from '../../testing/workspace.ts';

const found = (name: string, text: string): string[] =>
  scanText(name, text).findings.map(({ rule, line }) => `${rule} ${line}`);

it.each(['poetry.lock', 'uv.lock', 'pdm.lock'])('reads the versions of %s', (name) => {
  const text = [
    '[[package]]',
    'name = "litellm"',
    'version = "1.82.8"',
    'source = { registry = "http://example.invalid/simple" }',
    '[[package]]',
    'name = "lightning"',
    'version = "2.6.1"',
    'source = { registry = "https://pypi.org/simple" }',
  ].join('\n');
  expect(found(name, text)).toEqual(['packages.known-bad 2', 'packages.insecure-source 2']);
});

it('reads the locks of yarn and pnpm', () => {
  const yarn = 'postmark-mcp@^1.0.0:\n  version "1.0.16"\n  resolved "http://example.invalid/a.tgz"\n';
  expect(found('yarn.lock', yarn)).toEqual(['packages.known-bad 1', 'packages.insecure-source 1']);
  const berry = '"zod@npm:^4":\n  version: 4.0.0\n"postmark-mcp@npm:1":\n  version: 1.0.16\n';
  expect(found('yarn.lock', berry)).toEqual(['packages.known-bad 3']);
  const pnpm = "packages:\n  '@types/node@20.0.0':\n    resolution: {}\n  postmark-mcp@1.0.16:\n    resolution: {}\n";
  expect(found('pnpm-lock.yaml', pnpm)).toEqual(['packages.known-bad 4']);
});

it('reads the lock of Pipenv', () => {
  const text = JSON.stringify(
    {
      _meta: { sources: [{ url: 'http://example.invalid/simple', verify_ssl: false }] },
      default: { litellm: { version: '==1.82.8' }, torch: { version: '==2.4.0' } },
    },
    undefined,
    1,
  );
  expect(found('Pipfile.lock', text)).toEqual([
    'packages.insecure-source 5',
    'packages.insecure-source 5',
    'packages.known-bad 11',
  ]);
});

// Addresses of the Hub's clients: what they mean, and that none leads out of its repository.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPlainPath } from '../source.ts';
import { isRepo, parseHubPath } from './names.ts';

it('reads what the clients write', () => {
  const known: [path: string, what: string, repo: string, revision: string, rest: string][] = [
    ['/api/models/org/model', 'info', 'org/model', 'main', ''],
    ['/api/models/gpt2/revision/main', 'info', 'gpt2', 'main', ''],
    ['/api/datasets/org/data/revision/refs%2Fpr%2F1', 'info', 'datasets/org/data', 'refs/pr/1', ''],
    ['/api/models/org/model/tree/refs/pr/2/sub/folder', 'tree', 'org/model', 'refs/pr/2', 'sub/folder'],
    ['/api/models/org/model/tree/main', 'tree', 'org/model', 'main', ''],
    ['/api/spaces/org/app/paths-info/v1.0', 'paths-info', 'spaces/org/app', 'v1.0', ''],
    ['/org/model/resolve/main/a%20b/c.bin', 'resolve', 'org/model', 'main', 'a b/c.bin'],
    ['/gpt2/resolve/feature%2Fx/c.bin', 'resolve', 'gpt2', 'feature/x', 'c.bin'],
    ['/datasets/org/data/resolve/main/x', 'resolve', 'datasets/org/data', 'main', 'x'],
  ];
  for (const [path, what, repo, revision, rest] of known) {
    expect(parseHubPath(path)).toEqual({ what, repo, revision, path: rest });
  }
});

it('reads nothing else', () => {
  for (const path of [
    '',
    '/',
    '/api',
    '/api/models',
    '/api/models/a/b/c',
    '/api/whoami-v2',
    '/api/models/../x/revision/main',
    '/api/models/org/..%2fx/revision/main',
    '/api/models/org/model/revision/..',
    '/api/models/org/model/revision/main/more',
    '/org/model/resolve/main',
    '/org/model/raw/main/x',
    '/org/model/resolve/%zz/x',
    '/org/model/resolve/a%0d%0ab/x',
    '/.git/x/resolve/main/y',
  ]) {
    expect(parseHubPath(path), path).toBeUndefined();
  }
});

it('gives names that are names, whatever comes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('api', 'models', 'resolve', 'tree', '..', '%2e%2e'))),
      (parts) => {
        const found = parseHubPath(`/${parts.join('/')}`);
        if (found === undefined) return;
        expect(isRepo(found.repo)).toBe(true);
        expect(`${found.repo}/${found.revision}`).not.toContain('..');
      },
    ),
  );
});

it('knows paths that leave their folder', () => {
  for (const path of ['a', 'a/b.c', '.gitattributes', 'ü/…']) expect(isPlainPath(path), path).toBe(true);
  for (const path of ['', '/a', 'a/', 'a//b', '..', 'a/../b', './a', 'a\\b', 'C:/a', 'a\0b', 'a\nb', '\ud800']) {
    expect(isPlainPath(path), JSON.stringify(path)).toBe(false);
  }
});

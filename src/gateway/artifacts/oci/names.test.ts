// Addresses of registry clients: what they mean, and that none leads out of its repository.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isRepo, parseOciPath } from './names.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const UPLOAD = `upload_${'0'.repeat(26)}`;

it('reads what the clients write', () => {
  const known: [path: string, address: object][] = [
    ['/', { what: 'base' }],
    ['/a/manifests/latest', { what: 'manifest', name: 'a', reference: 'latest' }],
    [`/org/sub/model/manifests/${DIGEST}`, { what: 'manifest', name: 'org/sub/model', reference: DIGEST }],
    [`/a/blobs/${DIGEST.replace(':', '%3A')}`, { what: 'blob', name: 'a', digest: DIGEST }],
    ['/a/blobs/uploads/', { what: 'uploads', name: 'a' }],
    ['/a/blobs/uploads', { what: 'uploads', name: 'a' }],
    [`/a/blobs/uploads/${UPLOAD}`, { what: 'upload', name: 'a', upload: UPLOAD }],
    ['/a/tags/list', { what: 'tags', name: 'a' }],
    [`/a/referrers/${DIGEST}`, { what: 'referrers', name: 'a', digest: DIGEST }],
    ['/a/manifests/manifests/v1', { what: 'manifest', name: 'a/manifests', reference: 'v1' }],
  ];
  for (const [path, address] of known) expect(parseOciPath(path), path).toEqual(address);
});

it('reads nothing else', () => {
  for (const path of [
    '',
    '/_catalog',
    '/manifests/v1',
    '/A/manifests/v1',
    '/a/../b/manifests/v1',
    '/a/%2e%2e/manifests/v1',
    '/a%2f..%2fb/manifests/v1',
    '/a/manifests/..',
    '/a/manifests/',
    `/a/blobs/sha512:${'a'.repeat(128)}`,
    '/a/blobs/sha256:abc',
    '/a/blobs/uploads/../x',
    '/a/tags/other',
    '/a%0d%0ab/tags/list',
    '/%zz/tags/list',
  ]) {
    expect(parseOciPath(path), path).toBeUndefined();
  }
});

it('gives names that are names, whatever comes', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('blobs', 'uploads', 'manifests', 'tags', 'list', '..', '%2e%2e'));
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const found = parseOciPath(`/${parts.join('/')}`);
      if (found === undefined || found.what === 'base') return;
      expect(isRepo(found.name)).toBe(true);
      expect(found.name).not.toContain('..');
    }),
  );
});

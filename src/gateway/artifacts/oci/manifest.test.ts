// Manifests: the files that they name, and that nothing is read of one that two readers could read differently.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { manifestOf, parseManifest } from './manifest.ts';

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');
const descriptor = (text: string, mediaType = '', more: object = {}): object => ({
  mediaType,
  digest: `sha256:${hex(text)}`,
  size: text.length,
  ...more,
});
const titled = (text: string, title: string): object =>
  descriptor(text, 'application/octet-stream', { annotations: { 'org.opencontainers.image.title': title } });
const named = (text: string, title: string, filepath: string): object =>
  descriptor(text, '', {
    annotations: { 'org.opencontainers.image.title': title, 'org.cncf.model.filepath': filepath },
  });
const OCI = 'application/vnd.oci.image.manifest.v1+json';

function parse(value: object, contentType?: string, mostFiles = 100) {
  const bytes = Buffer.from(JSON.stringify(value));
  return parseManifest(bytes, { repo: 'org/model', mostFiles, contentType, code: 'upstream_malformed' });
}
const image = (layers: object[], more: object = {}): object => ({
  schemaVersion: 2,
  config: descriptor('{}'),
  layers,
  ...more,
});
const paths = (layers: object[]): string[] => parse(image(layers)).listing.files.map(({ path }) => path);

it('names files by their titles, and layers without one by what they are', () => {
  expect(paths([titled('w', 'sub/model.safetensors'), titled('d', './folder/')])).toEqual([
    '.oci/manifest.json',
    '.oci/config.json',
    'sub/model.safetensors',
    'folder',
  ]);
  const endings: [mediaType: string, ending: string][] = [
    ['application/vnd.oci.image.layer.v1.tar+gzip', '.rootfs.tar.gz'],
    ['application/vnd.docker.image.rootfs.diff.tar.gzip', '.rootfs.tar.gz'],
    ['application/vnd.kitops.modelkit.model.v1.tar+gzip', '.tar.gz'],
    ['application/vnd.oci.image.layer.v1.tar+zstd', '.rootfs.tar.zst'],
    ['application/vnd.ollama.image.model', '.gguf'],
    ['application/vnd.ollama.image.params', '.json'],
    ['application/x-unknown', ''],
  ];
  for (const [mediaType, ending] of endings) {
    expect(paths([descriptor('x', mediaType)]).at(-1)).toBe(`.oci/layers/${hex('x')}${ending}`);
  }
  expect(paths([named('w', 'w.gguf', './w.gguf'), descriptor('x', '', { urls: [] })])).toHaveLength(4);
  // Docker's empty layer comes again and again.
  expect(paths([descriptor('x'), descriptor('x')])).toHaveLength(3);
});

it('tells of what kind it is', () => {
  const index = { schemaVersion: 2, manifests: [descriptor('m', OCI)] };
  const { listing, mediaType } = parse(index);
  expect(mediaType).toBe('application/vnd.oci.image.index.v1+json');
  expect(manifestOf(listing.files)).toMatchObject({ isIndex: true, mediaType });
  const docker = 'application/vnd.docker.distribution.manifest.v2+json';
  const { files } = parse(image([], { mediaType: docker }), `${docker}; charset=utf-8`).listing;
  expect(manifestOf(files)).toMatchObject({ isIndex: false, mediaType: docker });
  const annotations = { 'org.opencontainers.image.licenses': 'MIT', 'org.opencontainers.image.created': '2026-01-02' };
  expect(parse(image([], { annotations })).listing).toMatchObject({
    licence: 'MIT',
    modified: '2026-01-02T00:00:00.000Z',
  });
});

it('refuses what could be read in two ways, or lead out of its folder', () => {
  const bad: [why: string, value: object, contentType?: string][] = [
    ['an image and an index', { ...image([]), manifests: [] }],
    ['neither', { schemaVersion: 2 }],
    ['the first version', { schemaVersion: 1, fsLayers: [] }],
    ['another type than it is sent as', image([], { mediaType: OCI }), 'application/vnd.oci.image.index.v1+json'],
    ['an index that calls itself an image', { schemaVersion: 2, mediaType: OCI, manifests: [] }],
    ['a key in capitals', { ...image([]), Layers: [titled('x', 'y')] }],
    ['a title that leads out', image([titled('x', '../y')])],
    ['an absolute title', image([titled('x', '/etc/passwd')])],
    ['a title of our own', image([titled('x', '.oci/manifest.json')])],
    ['one name twice', image([titled('x', 'a'), titled('y', 'a')])],
    ['one content in two sizes', image([titled('x', 'a'), { ...titled('x', 'b'), size: 7 }])],
    ['another digest', image([{ ...descriptor('x'), digest: `sha512:${'a'.repeat(128)}` }])],
    ['a size below nothing', image([{ ...descriptor('x'), size: -1 }])],
    ['much content within', image([{ ...descriptor('x'), data: 'a'.repeat(100_000) }])],
    ['content from elsewhere', image([descriptor('x', '', { urls: ['https://elsewhere.example/x'] })])],
    ['a configuration from elsewhere', { ...image([]), config: descriptor('{}', '', { urls: ['http://10.0.0.1/'] }) }],
    ['a digest in capitals beside', image([{ ...descriptor('x'), Digest: `sha256:${hex('y')}` }])],
    ['addresses in capitals', image([{ ...descriptor('x'), URLs: ['https://elsewhere.example/x'] }])],
    ['a child with a digest in capitals', { schemaVersion: 2, manifests: [{ ...descriptor('m', OCI), DIGEST: 'x' }] }],
    ['a subject with a digest in capitals', image([], { subject: { ...descriptor('s'), digesT: 'x' } })],
    ['two names of one file', image([named('x', 'README.md', 'modeling.py')])],
    ['a second name that leads out', image([named('x', 'weights.bin', '../../etc/cron.d/x')])],
  ];
  for (const [why, value, contentType] of bad) {
    expect(() => parse(value, contentType), why).toThrow(expect.objectContaining({ code: 'upstream_malformed' }));
  }
  const many = Array.from({ length: 100 }, (_, i) => titled(`${i}`, `${i}`));
  expect(() => parse(image(many))).toThrow(expect.objectContaining({ code: 'body_too_large' }));
});

// Names for layers that have none: the scanner takes an ending for a hint, and people read it.

/** Of layers that are unpacked one over the other as the root of a file system. */
const ROOT = '.rootfs';
const IMAGE_LAYER = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./;

/** What cosign signs: a document that names a manifest. */
export const SIGNED_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const SIGNED = '.simplesigning.json';

const ENDINGS: readonly (readonly [mediaType: RegExp, ending: string])[] = [
  [/^application\/vnd\.dev\.cosign\.simplesigning\.v1\+json$/, SIGNED],
  [/^application\/vnd\.ollama\.image\.(?:model|projector|adapter)$/, '.gguf'],
  [/^application\/vnd\.ollama\.image\.(?:params|messages)$/, '.json'],
  [/^application\/vnd\.ollama\.image\.(?:template|system|license|prompt)$/, '.txt'],
  [/[.+]tar(?:\+gzip|\.gzip)$/, '.tar.gz'],
  [/[.+]tar\+zstd$/, '.tar.zst'],
  [/[.+]tar$/, '.tar'],
  [/[.+/]gguf$/, '.gguf'],
  [/[.+/]safetensors$/, '.safetensors'],
  [/[.+/]onnx$/, '.onnx'],
  [/[.+/]json$/, '.json'],
];

/** @param sha256 - of its content, hex */
export function layerName(mediaType: string, sha256: string): string {
  const type = mediaType.split(';', 1)[0]!.trim().toLowerCase();
  const ending = ENDINGS.find(([pattern]) => pattern.test(type))?.[1] ?? '';
  return `${sha256}${IMAGE_LAYER.test(type) ? ROOT : ''}${ending}`;
}

/** @param name - as `layerName` gives it */
export const isRootLayer = (name: string): boolean => name.slice(64).startsWith(ROOT);

/** @param name - as `layerName` gives it */
export const isSignedLayer = (name: string): boolean => name.slice(64) === SIGNED;

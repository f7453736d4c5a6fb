// Addresses as registry clients write them (OCI distribution specification 1.1): which repository, and what of it.

export type OciAddress =
  | { readonly what: 'base' }
  | { readonly what: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly what: 'blob' | 'referrers'; readonly name: string; readonly digest: string }
  | { readonly what: 'uploads' | 'tags'; readonly name: string }
  | { readonly what: 'upload'; readonly name: string; readonly upload: string };

const MOST_NAME = 255;
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const UPLOAD = /^upload_[0-9a-z]{26}$/;

export const isRepo = (name: string): boolean => name.length <= MOST_NAME && NAME.test(name);
/** Whether it is a digest of the kind that is known here. */
export const isDigest = (text: string): boolean => DIGEST.test(text);
export const isReference = (text: string): boolean => DIGEST.test(text) || TAG.test(text);
/** `sha256:` and the digits, from the digits. */
export const toDigest = (sha256: string): string => `sha256:${sha256}`;
export const toHex = (digest: string): string => digest.slice('sha256:'.length);

/** @param path - behind `/v2`, without query: `/org/model/manifests/latest` */
export function parseOciPath(path: string): OciAddress | undefined {
  let parts: string[];
  try {
    parts = path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
  if (parts.length === 1 && parts[0] === '') return { what: 'base' };
  const last = parts.at(-1)!;
  const words = parts.slice(-2, -1)[0];
  const nameTo = (end: number): string | undefined => {
    const name = parts.slice(0, end).join('/');
    return isRepo(name) ? name : undefined;
  };
  // The endings of a repository's own name may be these words: what stands last is read first.
  if (parts.at(-3) === 'blobs' && words === 'uploads') {
    const name = nameTo(-3);
    if (name === undefined) return undefined;
    if (last === '') return { what: 'uploads', name };
    return UPLOAD.test(last) ? { what: 'upload', name, upload: last } : undefined;
  }
  const name = nameTo(-2);
  if (name === undefined) return undefined;
  if (words === 'manifests') return isReference(last) ? { what: 'manifest', name, reference: last } : undefined;
  if (words === 'blobs') {
    if (last === 'uploads') return { what: 'uploads', name };
    return isDigest(last) ? { what: 'blob', name, digest: last } : undefined;
  }
  if (words === 'referrers') return isDigest(last) ? { what: 'referrers', name, digest: last } : undefined;
  return words === 'tags' && last === 'list' ? { what: 'tags', name } : undefined;
}

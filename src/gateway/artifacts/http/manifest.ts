// The list of a folder's files with their digests, as sha256sum writes it, and BSD's tools do.
import { AncileError } from '../../../base/index.ts';
import { isPlainPath } from '../source.ts';

const GNU = /^([0-9a-fA-F]{64}) [ *](.+)$/;
const BSD = /^SHA256 \((.+)\) = ([0-9a-fA-F]{64})$/;

/**
 * Digest by path.
 * @throws AncileError `upstream_malformed` where a line is none of a manifest, or names what cannot be or has been named
 */
export function parseManifest(text: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '');
    if (line === '' || line.startsWith('#')) continue;
    const gnu = GNU.exec(line);
    const bsd = gnu === null ? BSD.exec(line) : null;
    const path = (gnu?.[2] ?? bsd?.[1] ?? '').replace(/^\.\//, '');
    const sha256 = (gnu?.[1] ?? bsd?.[2] ?? '').toLowerCase();
    if (!isPlainPath(path) || files.has(path)) {
      throw new AncileError('upstream_malformed', `line ${index + 1} of the manifest is not one of sha256sum's`);
    }
    files.set(path, sha256);
  }
  return files;
}

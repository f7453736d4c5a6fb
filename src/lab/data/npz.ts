// numpy's .npz: named arrays in a zip archive.
import { AncileError } from '../../base/index.ts';
import { type Bytes, Malformed } from '../../reader/index.ts';
import { buffered } from './file-bytes.ts';
import { type NumericArray, readNpy, renderNpy } from './npy.ts';
import { openZipEntry, readZipEntries, renderZip } from './zip.ts';

/** Names of the arrays, and each of them when it is asked for. */
export interface Npz {
  readonly names: readonly string[];
  /** @throws AncileError `request_invalid` where it is not there or holds no numbers */
  read(name: string): NumericArray;
}

/** @throws AncileError `request_invalid` */
export function openNpz(bytes: Bytes): Npz {
  const guarded = <T>(run: () => T): T => {
    try {
      return run();
    } catch (thrown) {
      if (!(thrown instanceof Malformed)) throw thrown;
      throw new AncileError('request_invalid', `this is no .npz archive: ${thrown.message}`, { cause: thrown });
    }
  };
  const source = buffered(bytes);
  const entries = new Map(
    guarded(() => readZipEntries(source)).map((entry) => [entry.name.replace(/\.npy$/, ''), entry]),
  );
  const names = [...entries.keys()];
  return {
    names,
    read(name) {
      const entry = entries.get(name);
      if (entry === undefined) {
        const there = names.slice(0, 10).join(', ') || 'nothing';
        throw new AncileError('request_invalid', `array ${name} is not there; the file has ${there.slice(0, 300)}`, {
          at: name,
          hint: `Write it with numpy.savez(file, x=x, y=y).`,
        });
      }
      return guarded(() => readNpy(openZipEntry(source, entry), name));
    },
  };
}

/** Arrays with their shapes, as an archive in pieces. */
export function renderNpz(
  arrays: Readonly<Record<string, { readonly data: Float32Array | Int32Array; readonly shape: readonly number[] }>>,
): Buffer[] {
  return renderZip(Object.entries(arrays).map(([name, { data, shape }]) => [`${name}.npy`, renderNpy(data, shape)]));
}

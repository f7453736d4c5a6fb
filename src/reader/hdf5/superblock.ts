// The superblock: where an HDF5 file begins, and where its root group is.
import type { Bytes } from '../bytes.ts';
import { Hdf5Cursor, Hdf5File } from './file.ts';

const SIGNATURE = '\x89HDF\r\n\x1a\n';

/**
 * Reads the superblock.
 * @param start - where its signature stands: 0, or a power of two from 512 on
 * @returns the file, and the address of the root group's object header
 * @throws Malformed when there is none, or of a version that there is not
 */
export function openHdf5(bytes: Bytes, start: number, step: (work: number) => void): { file: Hdf5File; root: number } {
  const cursor = new Hdf5Cursor(new Hdf5File(bytes, 8, 8, 0, step), start);
  cursor.signature(SIGNATURE);
  const version = cursor.u8();
  if (version > 3) throw cursor.malformed(`its superblock is of version ${version}`);
  if (version < 2) cursor.skip(4);
  const [wide, long] = [cursor.u8(), cursor.u8()];
  if (![2, 4, 8].includes(wide) || ![2, 4, 8].includes(long)) throw cursor.malformed('its addresses have no width');
  const probe = new Hdf5Cursor(new Hdf5File(bytes, wide, long, 0, step), cursor.offset);
  if (version < 2) probe.skip(version === 0 ? 9 : 13);
  else probe.skip(1);
  // Readers take the place of the superblock for the base where the two differ.
  probe.address();
  const file = new Hdf5File(bytes, wide, long, start, step);
  const inner = new Hdf5Cursor(file, probe.offset);
  if (version >= 2) {
    inner.skip(2 * wide);
    return { file, root: inner.address() };
  }
  inner.skip(3 * wide);
  inner.skip(wide);
  return { file, root: inner.address() };
}

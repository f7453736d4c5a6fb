// A model file with what lies beside it: tensors in files of their own are read from the model's folder and from nowhere else.
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import type { ExternalPlace, ReadExternal } from './decode-tensor.ts';
import { decodeModel } from './decode.ts';
import type { Model } from './model.ts';

/** What the runtime takes in one piece. */
const MOST_BYTES = 2 ** 31 - 1;

function outside(location: string, why: string): AncileError {
  return new AncileError('model_invalid', `external data ${JSON.stringify(location.slice(0, 200))}: ${why}`, {
    at: location.slice(0, 200),
    hint: 'External data must lie in files in the folder of the model, or below it.',
  });
}

function readAt(path: string, { location, offset, length }: ExternalPlace): Uint8Array {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    throw outside(location, `cannot be opened (${systemCode(thrown) ?? 'fault'})`);
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw outside(location, 'is no file');
    const isWithin = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!isWithin || offset + length > stat.size)
      throw outside(location, `has ${stat.size} bytes, fewer than are asked for`);
    const out = new Uint8Array(length);
    let read = 0;
    while (read < length) {
      const count = readSync(file, out, read, length - read, offset + read);
      if (count === 0) throw outside(location, 'ended before its end');
      read += count;
    }
    return out;
  } finally {
    closeSync(file);
  }
}

/** @param seen - gets the files that are read from */
function externalOf(folder: string, seen: Set<string>): ReadExternal {
  const root = realpathSync(folder);
  let total = 0;
  return (place) => {
    const { location, length } = place;
    if (location === '' || location.includes('\0') || isAbsolute(location))
      throw outside(location, 'is no relative path');
    total += length;
    if (total > MOST_BYTES) throw outside(location, 'makes the model larger than 2 GB');
    let real: string;
    try {
      real = realpathSync(resolve(root, location));
    } catch (thrown) {
      throw outside(location, `cannot be opened (${systemCode(thrown) ?? 'fault'})`);
    }
    if (!real.startsWith(root === sep ? sep : root + sep)) throw outside(location, 'lies outside of the folder');
    seen.add(real);
    return readAt(real, place);
  };
}

export interface ModelFile {
  readonly model: Model;
  /** Of the file itself, without what lies beside it. */
  readonly bytes: Uint8Array;
  /** Files that tensors were read from, each once, in the order of their names. */
  readonly beside: readonly string[];
}

/**
 * Reads a model and the tensors that lie beside it.
 * @throws AncileError `model_invalid` naming the place; `not_found` where there is no such file
 */
export function readModel(path: string): ModelFile {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT') throw new AncileError('not_found', `there is no file ${path}`, { at: path });
    throw new AncileError('model_invalid', `${path} cannot be read (${code ?? 'larger than 2 GB'})`, { at: path });
  }
  const seen = new Set<string>();
  const model = decodeModel(bytes, externalOf(dirname(resolve(path)), seen));
  return { model, bytes, beside: [...seen].sort() };
}

// The labelled corpus: every file of these formats flagged where it is hostile and let pass where it is not.
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { parseJson } from '../../../codec/index.ts';
import { scanBytes, zipMembers } from '../../testing/configs.ts';

const CORPUS = resolve(import.meta.dirname, '../../../../../shared/data/models');
const here = existsSync(join(CORPUS, 'labels.json'));

interface Label {
  readonly path: string;
  readonly format: string;
  readonly malicious: boolean;
  readonly technique: string;
}

const FORMATS = new Set(
  'flax json-config keras-h5 keras-zip lightgbm mlflow nemo rds skops torchserve-mar xgboost yaml-config'.split(' '),
);
/** Left to another format than these, and to which. */
const KNOWN_MISSES: Readonly<Record<string, string>> = {
  'gen/hf/ssti_hex_attr/tokenizer_config.json': 'its template is handed on to the format for Jinja',
  'gen/hf/ssti_concat/tokenizer_config.json': 'likewise',
  'gen/skops/joblib_as.skops': 'it is a pickle, and looked at by the format for pickles',
};

/** The files that a container holds: here its formats are not asked, only those of what lies within. */
function members(path: string): [name: string, content: Buffer][] {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 0, 4) === 'PK\x03\x04') return zipMembers(bytes);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return [[basename(path), gunzipSync(bytes)]];
  if (bytes.toString('latin1', 257, 262) !== 'ustar') return [[basename(path), bytes]];
  const files: [string, Buffer][] = [];
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const size = parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    files.push([bytes.toString('latin1', at, bytes.indexOf(0, at)), bytes.subarray(at + 512, at + 512 + size)]);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

it.skipIf(!here)('of the corpus (../shared/data/models), every hostile file is flagged and no benign one is', () => {
  const labels = (parseJson(readFileSync(join(CORPUS, 'labels.json'), 'utf8')) as Label[]).filter(({ format }) =>
    FORMATS.has(format),
  );
  expect(labels.length).toBeGreaterThan(30);
  const wrong = labels.filter(({ path, malicious }) => {
    const reports = members(join(CORPUS, path)).map(([name, content]) => scanBytes(name, content));
    const flagged = reports.some(({ verdict }) => verdict === 'suspicious' || verdict === 'malicious');
    return flagged !== malicious;
  });
  expect(wrong.filter(({ path }) => KNOWN_MISSES[path] === undefined)).toEqual([]);
});

// Keras: the archive of version 3 and the HDF5 file before it, each with its version and the name of the model's class.
import { inflateRawSync } from 'node:zlib';
import { type Bytes, openHdf5, walkHdf5 } from '../../../reader/index.ts';
import { Budget, boundsFor, MemorySource, readZipDirectory } from '../../../scan/index.ts';
import type { FactBook } from '../fact-book.ts';
import { readJson, record, scalar, text } from '../values.ts';
import type { Reader } from './reader.ts';

const MOST_MEMBER = 16 << 20;
const STORED = 0;
const DEFLATED = 8;

/** A small member of an archive; undefined where it is not there or not small. */
function memberOf(bytes: Bytes, name: string): Bytes | undefined {
  const budget = new Budget(boundsFor(bytes.size));
  const found = readZipDirectory(bytes, () => budget.step()).members.find((each) => each.name === name);
  if (found?.local === undefined || found.packed > MOST_MEMBER || found.size > MOST_MEMBER) return undefined;
  const packed = bytes.read(found.local.dataAt, found.packed);
  if (found.method === STORED) return new MemorySource(packed);
  if (found.method !== DEFLATED) return undefined;
  try {
    return new MemorySource(inflateRawSync(packed, { maxOutputLength: Math.max(1, found.size) }));
  } catch {
    return undefined;
  }
}

function sayModel(value: unknown, book: FactBook): void {
  const { class_name, config } = record(value);
  book.say('architecture', text(class_name));
  book.property('keras:name', text(record(config)['name']));
}

function readArchive(bytes: Bytes, book: FactBook): void {
  const metadata = memberOf(bytes, 'metadata.json');
  const config = memberOf(bytes, 'config.json');
  if (metadata !== undefined) {
    const { keras_version, date_saved } = record(readJson(metadata));
    book.property('keras:version', scalar(keras_version));
    book.property('created', text(date_saved));
  }
  if (config === undefined) book.unseen('it has no configuration that could be read');
  else sayModel(readJson(config), book);
}

function readHdf5(bytes: Bytes, book: FactBook): void {
  const budget = new Budget(boundsFor(bytes.size));
  const { file, root } = openHdf5(bytes, 0, (work) => budget.step(work));
  walkHdf5(file, root, {
    attribute(path, { name }, values) {
      if (path !== '' || !/^(?:keras_version|backend|model_config)$/.test(name)) return;
      const [value] = values();
      if (value === undefined) return;
      if (name === 'model_config') sayModel(readJson(new MemorySource(value)), book);
      else
        book.property(`keras:${name.replace('keras_', '')}`, Buffer.from(value).toString('utf8').replace(/\0+$/, ''));
    },
    link: () => undefined,
    externalFiles: () => undefined,
    filter: () => undefined,
    dataset: () => undefined,
    note: (reason) => book.unseen(reason),
  });
}

export const keras: Reader = {
  match: (path) => /\.(?:keras|h5|hdf5)$/.test(path),
  read(bytes, book) {
    const magic = Buffer.from(bytes.read(0, 4)).toString('latin1');
    if (magic === 'PK\u0003\u0004') readArchive(bytes, book);
    else readHdf5(bytes, book);
  },
};

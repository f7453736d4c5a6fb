// HDF5: what its links, attributes and datasets would make a loader read, unpickle or build. Keras, PyTables and pandas write it.
import { type Hdf5Attribute, type Hdf5Dataset, openHdf5, walkHdf5 } from '../../../reader/index.ts';
import type { Format, Look, Probe } from '../../format.ts';
import { MemorySource, SliceSource, type Source } from '../../source.ts';
import { couldBePickle } from './pickled.ts';

const SIGNATURE = '\x89HDF\r\n\x1a\n';
/** Behind a user block a file may begin at any power of two from 512 on. */
const STARTS = [0, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
const NAMES = new Set(['.h5', '.hdf5', '.hdf', '.keras', '.mat', '.h5py', '.he5', '.loom', '.h5ad']);
/** Filters of HDF5 itself and those registered with The HDF Group; others are plugins of somebody. */
const isRegistered = (id: number): boolean => id <= 6 || (id >= 256 && id <= 511) || (id >= 32000 && id < 32768);
/** A declared size that nothing in the file stands for. */
const HUGE = 1 << 30;
/** More than deflate can shrink. */
const MOST_RATIO = 1100;

function startOf({ text, extension, source }: Pick<Probe, 'text' | 'extension' | 'source'>): number | undefined {
  const near = STARTS.find((at) => at < 4096 && text.startsWith(SIGNATURE, at));
  if (near !== undefined || !NAMES.has(extension)) return near;
  return STARTS.find((at) => at >= 4096 && Buffer.from(source.read(at, 8)).toString('latin1') === SIGNATURE);
}

/** An attribute's text: a configuration is looked at as a file of its own, and so is a pickle. */
function lookAtAttribute(
  path: string,
  attribute: Hdf5Attribute,
  values: () => Generator<Uint8Array>,
  look: Look,
): boolean {
  const { name, type } = attribute;
  if (!['text', 'long-text', 'opaque', 'sequence'].includes(type.kind)) return false;
  let isKeras = false;
  let count = 0;
  for (const value of values()) {
    if (++count > 1000) break;
    // A text of fixed length is padded.
    let end = value.length;
    while (end > 0 && value[end - 1] === 0) end--;
    const bytes = value.subarray(0, end);
    const where = `${path}/@${name}`.slice(0, 300);
    if (couldBePickle(bytes)) {
      look.report('hdf5.pickle', {
        message: `the attribute ${where} is a pickle, which PyTables loads as it reads the file`,
        capability: 'deserialize',
        offset: attribute.at,
      });
      look.member(`${where}.pkl`, new MemorySource(bytes));
    } else if (bytes.length > 1 && /^\s*[{[]\s*["{[\]}]/.test(Buffer.from(bytes.subarray(0, 200)).toString('latin1'))) {
      const format = look.member(where, new MemorySource(bytes));
      isKeras ||= format.includes('keras') || name === 'model_config';
    }
  }
  return isKeras || name === 'keras_version';
}

function lookAtDataset(dataset: Hdf5Dataset, isObject: boolean, size: number, look: Look): void {
  const { path, type, count, layout, stored } = dataset;
  if (layout === 'virtual') {
    look.report('hdf5.external', {
      message: `the dataset ${path} is put together from datasets of other files`,
      severity: 'medium',
      capability: 'file',
    });
  }
  const declared = count * Math.max(1, type.size);
  if (declared > HUGE && declared > MOST_RATIO * size && (stored ?? 0) < declared) {
    look.report('hdf5.size', {
      message: `the dataset ${path} says that it has ${count} values, and the file has ${size} bytes: who loads it runs out of memory`,
      capability: 'exhaust',
    });
  }
  let told = false;
  let seen = 0;
  for (const value of dataset.values(1 << 20)) {
    look.budget.step();
    if (++seen > 20_000) return look.unseen(`only the first values of ${path} were looked at`);
    if (!couldBePickle(value)) continue;
    if (!told)
      look.report('hdf5.pickle', {
        message: `the dataset ${path} holds pickles, which PyTables and pandas load as they read it`,
        capability: 'deserialize',
      });
    told = true;
    look.member(`${path}.pkl`, new MemorySource(value));
  }
  if (isObject && !told && seen === 0 && count > 0) look.unseen(`the objects of ${path} could not be read`);
}

export const hdf5: Format = {
  id: 'hdf5',
  match: (probe) => (startOf(probe) === undefined ? false : 'sure'),
  scan(source: Source, look) {
    const text = Buffer.from(source.read(0, 4096)).toString('latin1');
    const start = startOf({ text, extension: '.h5', source }) ?? 0;
    if (start > 0 && source.read(0, start).some((byte) => byte !== 0)) {
      look.report('hdf5.user-block', {
        message: `other bytes stand in front of the file, ${start} of them`,
        offset: 0,
      });
      look.member('user-block', new SliceSource(source, 0, start));
    }
    const { file, root } = openHdf5(source, start, (work) => look.budget.step(work));
    let format: string | undefined;
    const objects = new Set<string>();
    walkHdf5(file, root, {
      link(path, link) {
        if (link.kind === 'external') {
          look.report('hdf5.external', {
            message: `${path} is ${link.object} of another file, ${JSON.stringify(link.file)}`,
            capability: 'file',
            offset: link.at,
          });
        } else if (link.kind === 'user') {
          look.report('hdf5.user-link', {
            message: `${path} is a link of the kind ${link.type}, which only a program of its own follows`,
            offset: link.at,
          });
        }
      },
      attribute(path, attribute, values) {
        if (attribute.name === 'PSEUDOATOM' && Buffer.from(attribute.data).toString('latin1').startsWith('object'))
          objects.add(path);
        if (lookAtAttribute(path, attribute, values, look)) format = 'keras-h5';
      },
      externalFiles(path, files, at) {
        look.report('hdf5.external', {
          message: `the values of ${path} are read from other files: ${files.map((name) => JSON.stringify(name)).join(', ')}`,
          capability: 'file',
          offset: at,
        });
      },
      filter(path, id, name) {
        if (!isRegistered(id)) {
          look.report('hdf5.filter', {
            message: `${path} is unpacked by a plugin that is not registered, ${id} ${JSON.stringify(name)}`,
            capability: 'native',
          });
        }
      },
      dataset: (dataset) => lookAtDataset(dataset, objects.has(dataset.path), source.size, look),
      note: (reason) => look.unseen(reason),
    });
    return format;
  },
};

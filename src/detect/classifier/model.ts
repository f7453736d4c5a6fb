// The trained model as a file: how its bytes are read and written. A table of whole numbers, nothing that could run.
import { AncileError } from '../../base/index.ts';
import type { ClusterTable } from './clusters.ts';
import { CONCEPTS, type ConceptTrie } from './concepts.ts';
import { FEATURES } from './features.ts';

/** What a head tells: whether a person's text attacks, whether a document's does, whether harm is asked for... */
export const HEADS = ['direct', 'indirect', 'harmful', 'injection', 'extraction', 'exfiltration', 'jailbreak'] as const;
export type Head = (typeof HEADS)[number];

/** One logistic head: `slope * (scale * sum of weights + bias) + offset` is the log odds of a window. */
export interface HeadShape {
  /** Words of a window, of each size that is tried, the smallest first. */
  readonly windows: readonly number[];
  /** What a step of the whole-number weights is worth. */
  readonly scale: number;
  readonly bias: number;
  /** Calibration: log odds are `slope * x + offset`; 0 is the shipped threshold. */
  readonly slope: number;
  readonly offset: number;
}

export interface Model {
  /** Digest of the training, for versions. */
  readonly version: string;
  readonly trie: ConceptTrie;
  readonly clusters: ClusterTable;
  readonly heads: Readonly<Record<Head, HeadShape & { readonly weights: Int16Array }>>;
}

interface Header {
  readonly format: number;
  readonly version: string;
  readonly features: number;
  readonly concepts: readonly string[];
  readonly slots: number;
  readonly nodes: number;
  readonly words: number;
  readonly clusters: number;
  readonly heads: Readonly<Record<Head, HeadShape>>;
}

const MAGIC = 'ANCILE-MODEL-1';
const MAX_HEADER = 64 * 1024;
/** The header ends on a bound that the widest array can begin on. */
const ALIGN = 8;

const round = (length: number): number => Math.ceil(length / ALIGN) * ALIGN;

/** The bytes of a model; the same model gives the same bytes. */
export function renderModel({ version, trie, clusters, heads }: Model): Uint8Array {
  const shapes = Object.fromEntries(
    HEADS.map((name) => {
      const { windows, scale, bias, slope, offset } = heads[name];
      return [name, { windows, scale, bias, slope, offset }];
    }),
  ) as Record<Head, HeadShape>;
  const header: Header = {
    format: 1,
    version,
    features: FEATURES,
    concepts: CONCEPTS,
    slots: trie.edges.length / 2,
    nodes: trie.whole.length,
    words: clusters.keys.length,
    clusters: clusters.coarse.length,
    heads: shapes,
  };
  const text = new TextEncoder().encode(`${MAGIC}\n${JSON.stringify(header)}\n`);
  const { edges, whole, prefix } = trie;
  const { keys, fine, coarse } = clusters;
  const arrays = [edges, whole, prefix, keys, fine, coarse, ...HEADS.map((name) => heads[name].weights)];
  const bytes = new Uint8Array(
    round(text.length) + arrays.reduce((sum, array) => sum + round(array.byteLength), 0),
  ).fill(0);
  bytes.fill(0x20, text.length, round(text.length));
  bytes.set(text);
  let at = round(text.length);
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += round(array.byteLength);
  }
  return bytes;
}

function fail(what: string): never {
  throw new AncileError('model_invalid', `the classifier's model ${what}`, {
    hint: 'Take the file that was shipped with this version, or train it anew (npm run train:detect).',
  });
}

function readHeader(bytes: Uint8Array): { header: Header; length: number } {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_HEADER));
  const [magic = '', json = ''] = text.split('\n', 2);
  if (magic !== MAGIC) fail('is not of the form that this version reads');
  let header: Header;
  try {
    // eslint-disable-next-line no-restricted-properties -- a file of our own, bounded above; the codec room is Node-only
    header = JSON.parse(json) as Header;
  } catch {
    return fail('has no readable header');
  }
  if (header.features !== FEATURES || header.concepts.join() !== CONCEPTS.join()) fail('is of another version');
  return { header, length: round(new TextEncoder().encode(`${magic}\n${json}\n`).length) };
}

/** Reads a model. @throws AncileError `model_invalid` where the bytes are not one, or one of another version */
export function parseModel(bytes: Uint8Array): Model {
  const { header, length } = readHeader(bytes);
  let at = length;
  const take = (size: number): ArrayBuffer => {
    if (at + size > bytes.length) fail('is cut off');
    // A copy, also of Node's Buffer, whose own `slice` makes none.
    const part = new Uint8Array(bytes.subarray(at, at + size)).buffer;
    at += round(size);
    return part;
  };
  const { slots, nodes, words, version } = header;
  const trie: ConceptTrie = {
    edges: new Uint32Array(take(slots * 8)),
    whole: new Uint32Array(take(nodes * 4)),
    prefix: new Uint32Array(take(nodes * 4)),
  };
  const clusters: ClusterTable = {
    keys: new Int32Array(take(words * 4)),
    fine: new Uint16Array(take(words * 2)),
    coarse: new Uint8Array(take(header.clusters)),
  };
  const heads = Object.fromEntries(
    HEADS.map((name) => [name, { ...header.heads[name], weights: new Int16Array(take(FEATURES * 2)) }]),
  ) as unknown as Model['heads'];
  return { version, trie, clusters, heads };
}

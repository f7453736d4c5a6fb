// How many parameters a model has: only where its files leave one answer.
import type { FactBook } from './fact-book.ts';
import type { FileFact, Tensors } from './facts.ts';

/** `model-00001-of-00003.safetensors`: the name before, and how many there are. */
const SHARD = /^(.*)-\d{5}-of-(\d{5})(\.\w+)$/;

/** The files that are one set of weights: shards of one name, or a file alone. */
function setsOf(files: readonly FileFact[]): { whole: boolean; tensors: Tensors[]; paths: string[] }[] {
  const sets = new Map<string, { wanted: number; tensors: Tensors[]; paths: string[] }>();
  for (const { path, tensors } of files) {
    if (tensors === undefined) continue;
    const [, stem, count, end] = SHARD.exec(path) ?? [];
    const key = stem === undefined ? path : `${stem}-of-${count}${end}`;
    let set = sets.get(key);
    if (set === undefined)
      sets.set(key, (set = { wanted: count === undefined ? 1 : Number(count), tensors: [], paths: [] }));
    set.tensors.push(tensors);
    set.paths.push(path);
  }
  return [...sets.values()].map(({ wanted, tensors, paths }) => ({ whole: tensors.length === wanted, tensors, paths }));
}

/** Writes down the number of parameters where there is one set of weights and it is whole, and the types of its tensors. */
export function countParameters(files: readonly FileFact[], book: FactBook): void {
  const sets = setsOf(files);
  const [set] = sets;
  if (set === undefined || sets.length > 1) return;
  const types = new Map<string, number>();
  let values = 0n;
  for (const each of set.tensors) {
    values += each.values;
    for (const [type, count] of each.types) types.set(type, (types.get(type) ?? 0) + count);
  }
  if (!set.whole)
    return book.unseen(`${set.paths.length} of the parts of ${set.paths[0]} are there: parameters were not counted`);
  const source = set.paths.length === 1 ? set.paths[0]! : `${set.paths[0]} and ${set.paths.length - 1} more`;
  const add = (name: string, value: string): void =>
    void book.properties.push({ name: `ancile:${name}`, value, source });
  // Packed weights have fewer values than the model has parameters.
  const packed =
    book.properties.some(({ name }) => name === 'ancile:quantisation') && set.tensors[0]!.format !== 'gguf';
  add(packed ? 'stored-values' : 'parameters', String(values));
  for (const [type, count] of [...types].sort(([a], [b]) => (a < b ? -1 : 1))) add('tensors', `${type} ${count}`);
}

// What shape and type every value of a graph has: found by computing it once or twice with all of them shown, so that no rule of
// inference can be wrong. A dimension that differs between two sizes of batch is the batch's.
import { AncileError } from '../base/index.ts';
import { encodeModel } from './encode.ts';
import { BOOL, DOUBLE, FLOAT, FLOAT16, type Graph, INT32, INT64, INT8, type Model, UINT8 } from './model.ts';
import { type Feed, openSession } from './session.ts';
import { numbersOfTensor } from './tensor.ts';

/** -1 for a dimension that goes with the batch. */
export type Shape = readonly number[];

export interface Facts {
  readonly type: number;
  readonly shape: Shape;
  /** Its numbers where they are few, whole and the same for every batch. */
  readonly constant?: readonly number[];
}

export type AllFacts = ReadonlyMap<string, Facts>;

const TYPES: Readonly<Record<string, number>> = {
  float32: FLOAT,
  float64: DOUBLE,
  float16: FLOAT16,
  int64: INT64,
  int32: INT32,
  uint8: UINT8,
  int8: INT8,
  bool: BOOL,
};

/** Constants of more numbers are no shapes, axes or places. */
const MOST_CONSTANT = 4096;

/** Gives inputs for a batch of so many. */
export type Sample = (count: number) => Readonly<Record<string, Feed>>;

function exposed({ irVersion, opsets, graph }: Model): { bytes: Uint8Array; names: string[] } {
  const shown = new Set(graph.outputs.map(({ name }) => name));
  const more: string[] = [];
  for (const { outputs } of graph.nodes) {
    for (const name of outputs) if (name !== '' && !shown.has(name)) more.push(name);
  }
  const outputs = [...graph.outputs, ...more.map((name) => ({ name }))];
  const names = [...shown, ...more];
  return { bytes: encodeModel({ irVersion, opsets, graph: { ...graph, outputs } }), names };
}

function ofInitializers(graph: Graph, facts: Map<string, Facts>): void {
  for (const tensor of graph.initializers) {
    const { name, type, dims, bytes } = tensor;
    const isSmall = bytes.length <= MOST_CONSTANT * 8;
    const numbers = isSmall ? numbersOfTensor(tensor) : undefined;
    facts.set(name, { type, shape: dims, ...(numbers === undefined ? {} : { constant: Array.from(numbers) }) });
  }
}

interface Seen {
  readonly type: number;
  readonly dims: readonly number[];
  readonly numbers?: readonly number[] | undefined;
}

/**
 * @param model - whose operators are ONNX's own, or known to the runtime
 * @param sample - inputs; asked for one or two sizes
 * @param counts - sizes of batch; two tell what goes with the batch
 * @throws AncileError `model_invalid` where the graph does not compute
 */
export async function probe(model: Model, sample: Sample, counts: readonly number[]): Promise<AllFacts> {
  const { bytes, names } = exposed(model);
  const session = await openSession(bytes, { optimise: 'none' });
  const runs: Map<string, Seen>[] = [];
  for (const count of counts) {
    const given = sample(count);
    const seen = new Map<string, Seen>();
    for (const [name, { type, dims }] of Object.entries(given)) seen.set(name, { type: TYPES[type]!, dims });
    // Values that are no tensors (sequences of maps) have no facts, and the runtime's binding does not give them.
    const tensors = names.filter((name) => !model.graph.outputs.some((info) => info.name === name && info.written));
    const values = await session.run(given, tensors);
    for (const [name, { type, dims, data }] of Object.entries(values)) {
      const isPlace = (type === 'int64' || type === 'int32') && data.length <= MOST_CONSTANT;
      const numbers = isPlace || data.length === 1 ? Array.from(data, Number) : undefined;
      seen.set(name, { type: TYPES[type] ?? 0, dims, numbers });
    }
    runs.push(seen);
  }
  const facts = new Map<string, Facts>();
  ofInitializers(model.graph, facts);
  const [first, second = first] = runs;
  for (const [name, seen] of first!) {
    const other = second!.get(name);
    if (other === undefined || other.dims.length !== seen.dims.length) {
      throw new AncileError('model_invalid', `value ${JSON.stringify(name)} changes its rank with the batch`, {
        at: name,
      });
    }
    const shape = seen.dims.map((dim, i) => (dim === other.dims[i] ? dim : -1));
    const isConstant =
      seen.numbers !== undefined &&
      other.numbers?.length === seen.numbers.length &&
      seen.numbers.every((value, i) => value === other.numbers![i]);
    facts.set(name, { type: seen.type, shape, ...(isConstant ? { constant: seen.numbers! } : {}) });
  }
  return facts;
}

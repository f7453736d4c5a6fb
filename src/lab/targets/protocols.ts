// How models are asked over HTTP: what is sent for some samples, and where in the answer their scores stand.
// Sources: KServe Open Inference Protocol v2 (predict-v2), TensorFlow Serving REST API, MLflow scoring protocol.
import { AncileError, isObject } from '../../base/index.ts';
import type { Batch } from '../target.ts';

export type ProtocolName = 'oip' | 'tfserving' | 'mlflow' | 'json';

/** What is known of a model before it is asked. */
export interface ModelFacts {
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly columns?: readonly string[];
}

/** What the Open Inference Protocol says of a model: the names of its tensors. */
export interface OipMetadata {
  readonly input: string;
  readonly datatype: string;
  readonly output?: string;
}

export interface Protocol {
  /** Appended to the address as given. */
  readonly path: string;
  render(batch: Batch, facts: ModelFacts): unknown;
  /** The part of an answer that holds numbers for each sample. */
  pick(answer: unknown): unknown;
}

const malformed = (message: string): AncileError =>
  new AncileError('upstream_malformed', `the model's answer: ${message}`);

/** Samples as nested lists of their shape. */
export function nest({ data, count }: Batch, shape: readonly number[]): unknown[] {
  let at = 0;
  const build = (axis: number): unknown =>
    axis === shape.length ? data[at++] : Array.from({ length: shape[axis]! }, () => build(axis + 1));
  return Array.from({ length: count }, () => build(0));
}

/** Tensors of integers take whole numbers. */
const toWire = ({ data }: Batch, datatype: string): number[] =>
  /^FP|^BF/.test(datatype) ? Array.from(data) : Array.from(data, Math.round);

export function createOip({ input, datatype, output }: OipMetadata): Protocol {
  return {
    path: '/infer',
    render: (batch, { shape }) => ({
      inputs: [{ name: input, shape: [batch.count, ...shape], datatype, data: toWire(batch, datatype) }],
      ...(output === undefined ? {} : { outputs: [{ name: output }] }),
    }),
    pick(answer) {
      const outputs: unknown = isObject(answer) ? answer['outputs'] : undefined;
      if (!Array.isArray(outputs)) throw malformed('it has no outputs');
      const found: unknown = outputs.find(
        (each) => isObject(each) && (output === undefined || each['name'] === output),
      );
      if (!isObject(found)) throw malformed(`it has no output ${output}`);
      return found['data'];
    },
  };
}

export const TF_SERVING: Protocol = {
  path: ':predict',
  render: (batch, { shape }) => ({ instances: nest(batch, shape) }),
  pick(answer) {
    const found = isObject(answer) ? answer['predictions'] : undefined;
    if (!Array.isArray(found)) throw malformed('it has no predictions');
    // Models with several outputs name them: scores come first where there are such.
    return found.map((each: unknown) => {
      if (!isObject(each)) return each;
      const name = ['logits', 'probabilities', 'scores', 'output', 'classes'].find((known) => known in each);
      return each[name ?? Object.keys(each)[0] ?? ''];
    });
  },
};

export const MLFLOW: Protocol = {
  path: '/invocations',
  render: (batch, { shape, columns }) =>
    columns === undefined
      ? { inputs: nest(batch, shape) }
      : { dataframe_split: { columns, data: nest(batch, [columns.length]) } },
  pick(answer) {
    const found = isObject(answer) ? answer['predictions'] : answer;
    if (!Array.isArray(found)) throw malformed('it has no predictions');
    return found.map((each: unknown) => (isObject(each) ? Object.values(each) : each));
  },
};

/** The text in a template that stands for the samples, and that for one sample. */
const SAMPLES = '{{samples}}';
const SAMPLE = '{{sample}}';

export interface Template {
  readonly path?: string | undefined;
  readonly body: unknown;
  /** Place of the numbers in an answer, `outputs.0.scores`. */
  readonly scores: string;
}

/** A request of anybody's own form. @returns whether it takes one sample at a time */
export function createTemplate({ path, body, scores }: Template): Protocol & { readonly single: boolean } {
  const text = JSON.stringify(body);
  const single = !text.includes(JSON.stringify(SAMPLES));
  if (single && !text.includes(JSON.stringify(SAMPLE))) {
    throw new AncileError('usage', `the template has no place for samples`, {
      hint: `Write "${SAMPLES}" (a list of them) or "${SAMPLE}" where they belong.`,
    });
  }
  const fill = (node: unknown, batch: Batch, facts: ModelFacts): unknown => {
    if (node === SAMPLES) return nest(batch, facts.shape);
    if (node === SAMPLE) return nest(batch, facts.shape)[0];
    if (Array.isArray(node)) return node.map((each) => fill(each, batch, facts));
    if (!isObject(node)) return node;
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fill(value, batch, facts)]));
  };
  return {
    single,
    path: path ?? '',
    render: (batch, facts) => fill(body, batch, facts),
    pick(answer) {
      let found: unknown = answer;
      for (const key of scores.split('.').filter((part) => part !== '')) {
        found = Array.isArray(found)
          ? found[Number(key)]
          : isObject(found) && Object.hasOwn(found, key)
            ? found[key]
            : undefined;
        if (found === undefined) throw malformed(`it has nothing at ${scores}`);
      }
      return found;
    },
  };
}

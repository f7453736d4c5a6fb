// A graph that runs: bytes of a model given to the runtime, and its faults as ours.
import { AncileError } from '../base/index.ts';
import { type Numbers, type Session, type TensorLike, loadRuntime } from './runtime.ts';

export interface SessionOptions {
  /** Threads that compute one operator; default 1. */
  readonly threads?: number;
  /** `none` where every intermediate value is asked for. */
  readonly optimise?: 'all' | 'extended' | 'basic' | 'none';
}

/** What a graph is given: numbers with their shape. */
export interface Feed {
  readonly type: 'float32' | 'float64' | 'int64' | 'int32' | 'uint8' | 'int8' | 'bool' | 'float16';
  readonly data: Numbers;
  readonly dims: readonly number[];
}

export interface OpenSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** @throws AncileError `model_invalid` where the runtime cannot compute it */
  run(feeds: Readonly<Record<string, Feed>>, fetches: readonly string[]): Promise<Record<string, TensorLike>>;
}

/** The runtime's words, without what it says of its own source. */
function broken(thrown: unknown): AncileError {
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const named =
    /name:'(?:fused )?([^']{1,200})'/i.exec(words)?.[1] ??
    /\(node:\s*([^)]{1,200})\)/i.exec(words)?.[1] ??
    /node with name '([^']{1,200})'/.exec(words)?.[1];
  const short = words
    .replace(/\/\S+\/(\S+\.(?:cc|h)):\d+/g, '$1')
    .replace(/\s+/g, ' ')
    .slice(0, 400);
  return new AncileError('model_invalid', `onnxruntime cannot compute the model: ${short}`, {
    ...(named === undefined ? {} : { at: named }),
    cause: thrown,
  });
}

/**
 * onnxruntime-node 1.16 computes what is asked for in the order of its outputs, and names it after the first of these: asked for
 * the second output alone, it gives it the name of the first.
 */
function named(
  { outputNames }: Session,
  fetches: readonly string[],
  values: Record<string, TensorLike>,
): Record<string, TensorLike> {
  if (fetches.every((name) => name in values)) return values;
  const asked = outputNames.filter((name) => fetches.includes(name));
  return Object.fromEntries(asked.map((name, i) => [name, values[outputNames[i]!]!]));
}

/** @throws AncileError `model_invalid` where the runtime refuses it, `config_invalid` where there is no runtime */
export async function openSession(
  model: Uint8Array | string,
  { threads = 1, optimise = 'all' }: SessionOptions = {},
): Promise<OpenSession> {
  const runtime = loadRuntime();
  const options = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // With a plan of memory from the first run, 1.16 writes values over others that are still needed in the next.
    enableMemPattern: false,
    graphOptimizationLevel: optimise === 'none' ? 'disabled' : optimise,
    // Its faults come as errors; on the terminal they are nobody's.
    logSeverityLevel: 4,
  };
  try {
    const session = await runtime.InferenceSession.create(model, options);
    return {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      async run(feeds, fetches) {
        try {
          const given = Object.entries(feeds).map(
            ([name, { type, data, dims }]) => [name, new runtime.Tensor(type, data, dims)] as const,
          );
          return named(session, fetches, await session.run(Object.fromEntries(given), fetches));
        } catch (thrown) {
          throw broken(thrown);
        }
      },
    };
  } catch (thrown) {
    throw broken(thrown);
  }
}

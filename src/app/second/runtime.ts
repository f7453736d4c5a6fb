// As much of onnxruntime-node as is used here: an optional package that comes without types.
import { createRequire } from 'node:module';

/** A tensor as the runtime gives it back. */
export interface TensorLike {
  readonly data: ArrayLike<number | bigint>;
  readonly dims: readonly number[];
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Computes on the thread that asks, whatever its promise says. */
  run(feeds: Readonly<Record<string, TensorLike>>, fetches: readonly string[]): Promise<Record<string, TensorLike>>;
}

export interface Runtime {
  readonly InferenceSession: { create(file: string, options: object): Promise<Session> };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => TensorLike;
}

const require = createRequire(import.meta.url);

/** Loads the native runtime. `checkModelFolder` has seen that it is there. */
export function loadRuntime(): Runtime {
  return require('onnxruntime-node') as Runtime;
}

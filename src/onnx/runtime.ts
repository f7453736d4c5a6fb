// As much of onnxruntime-node as is used here: an optional package that comes without types.
import { createRequire } from 'node:module';
import { AncileError } from '../base/index.ts';

export type Numbers =
  Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | Int8Array | Uint16Array | Int16Array;

/** A tensor as the runtime gives it back. */
export interface TensorLike {
  /** `float32`, `int64`, `bool`. */
  readonly type: string;
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
  readonly InferenceSession: { create(model: string | Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: string, data: Numbers, dims: readonly number[]) => TensorLike;
}

const require = createRequire(import.meta.url);

/** Loads the native runtime. @throws AncileError `config_invalid`, with the line that installs it */
export function loadRuntime(): Runtime {
  try {
    return require('onnxruntime-node') as Runtime;
  } catch (thrown) {
    throw new AncileError('config_invalid', 'the package onnxruntime-node is not installed', {
      hint: 'Install it: npm install onnxruntime-node@1.16.3',
      cause: thrown,
    });
  }
}

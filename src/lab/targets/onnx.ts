// An ONNX file as a target: asked forward only, by onnxruntime.
import { createRequire } from 'node:module';
import { AncileError, toAncileError } from '../../base/index.ts';
import type { Output, Target } from '../target.ts';

interface TensorLike {
  readonly data: ArrayLike<number | bigint>;
  readonly dims: readonly number[];
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, TensorLike>>): Promise<Record<string, TensorLike>>;
}

interface Runtime {
  readonly InferenceSession: { create(file: string, options: object): Promise<Session> };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => TensorLike;
}

export interface OnnxTargetOptions {
  readonly threads?: number;
  /** Of one sample, as the data has it. */
  readonly shape: readonly number[];
  /** One sample that the model can be tried with. */
  readonly example: Float32Array;
  readonly gives?: Output;
  readonly classes?: number;
}

export async function openOnnxTarget(
  file: string,
  { threads, shape, example, gives }: OnnxTargetOptions,
): Promise<Target> {
  const { InferenceSession, Tensor } = createRequire(import.meta.url)('onnxruntime-node') as Runtime;
  const options = { intraOpNumThreads: threads ?? 1, interOpNumThreads: 1, logSeverityLevel: 3 };
  const session = await InferenceSession.create(file, options).catch((cause: unknown) => {
    throw new AncileError('model_invalid', `${file} cannot be loaded: ${toAncileError(cause).message.slice(0, 300)}`, {
      at: file,
    });
  });
  const [input, second] = session.inputNames;
  if (input === undefined || second !== undefined)
    throw new AncileError('model_invalid', 'expected a model of one input');
  const ask = async (data: Float32Array, count: number): Promise<TensorLike> => {
    const answer = await session.run({ [input]: new Tensor('float32', data, [count, ...shape]) });
    return answer[session.outputNames.at(-1)!]!;
  };
  const probe = await ask(example, 1);
  const classes = probe.data.length;
  return {
    name: file,
    shape,
    classes,
    gives: gives ?? 'logits',
    async scores({ data, count }) {
      return Float32Array.from((await ask(data.slice(), count)).data as ArrayLike<number>);
    },
    close: () => Promise.resolve(),
  };
}

// Models in ONNX: read within bounds, made ready, differentiated, and run on the optional package onnxruntime-node.
export { blame } from './blame.ts';
export { Builder } from './builder.ts';
export { decodeModel } from './decode.ts';
export { encodeModel } from './encode.ts';
export { forRuntime } from './for-runtime.ts';
export { openGradient, type OpenGradient } from './gradient.ts';
export { type OpenMargins, openMargins } from './interval/margins.ts';
export * as losses from './losses.ts';
export {
  type Attribute,
  type Dimension,
  FLOAT,
  type Graph,
  type Model,
  type Node,
  type Tensor,
  type ValueInfo,
  isOwnDomain,
} from './model.ts';
export { type Optimiser, adam, sgd } from './optimiser.ts';
export { type Prepared, prepare, prune, trueInputs } from './prepare.ts';
export { type Sample } from './probe.ts';
export { type ModelFile, readModel } from './read-model.ts';
export { type Session, type TensorLike, loadRuntime } from './runtime.ts';
export { type Feed, type OpenSession, openSession } from './session.ts';
export { floatTensor } from './tensor.ts';
export { type Trainer, openTrainer } from './train.ts';

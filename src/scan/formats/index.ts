// Every format there is. Order matters only among those without a magic number: the first that is likely looks.
import type { Format } from '../format.ts';
import { SEVEN_ZIP } from './archive/seven-zip.ts';
import { BZIP2, GZIP, LZ4, LZMA, XZ, ZFILE, ZLIB, ZSTD } from './archive/streams.ts';
import { TAR } from './archive/tar.ts';
import { ZIP } from './archive/zip.ts';
import { EXECUTABLE } from './executable.ts';
import { jinjaFormat } from './jinja/format.ts';
import { KNOWN, TEXT, UNREAD_MODELS } from './known.ts';
import { NPY } from './pickle/npy.ts';
import { PICKLE } from './pickle/pickle.ts';
import { CAFFE } from './tensors/caffe.ts';
import { PADDLE } from './tensors/paddle.ts';
import { PROTOTXT } from './tensors/prototxt.ts';
import { TORCHSCRIPT_CODE } from './tensors/torchscript.ts';
import { COREML } from './tensors/coreml.ts';
import { ggufFormat } from './tensors/gguf.ts';
import { ONNX } from './tensors/onnx.ts';
import { safetensorsFormat } from './tensors/safetensors.ts';
import { KERAS_METADATA, TF_GRAPH, TF_METAGRAPH, TF_SAVED_MODEL } from './tensors/tensorflow.ts';
import { TFLITE } from './tensors/tflite.ts';
import { XML } from './tensors/xml.ts';
import { agentConfig } from '../workspace/agents/config.ts';
import { agentInstructions } from '../workspace/agents/instructions.ts';
import { dockerfile } from '../workspace/deploy/dockerfile.ts';
import { manifest } from '../workspace/deploy/manifest.ts';
import { terraform } from '../workspace/deploy/terraform.ts';
import { notebook } from '../workspace/notebook.ts';
import { conda } from '../workspace/packages/conda.ts';
import { lockFile, pipfileLock } from '../workspace/packages/locks.ts';
import { packageJson, packageLock } from '../workspace/packages/package-json.ts';
import { pyproject } from '../workspace/packages/pyproject.ts';
import { requirementsTxt } from '../workspace/packages/requirements-txt.ts';
import { python } from '../workspace/python/format.ts';
import { otherCode, settings } from '../workspace/settings.ts';
import { shell } from '../workspace/shell.ts';
import { catboost } from './boosting/catboost.ts';
import { lightgbm } from './boosting/lightgbm.ts';
import { xgboost } from './boosting/xgboost.ts';
import { msgpack } from './flax/msgpack.ts';
import { hdf5 } from './hdf5/hdf5.ts';
import { json } from './json/json.ts';
import { lfsPointer } from './lfs-pointer.ts';
import { rds } from './rds/rds.ts';
import { yaml } from './yaml/yaml.ts';

export const FORMATS: readonly Format[] = [
  lfsPointer,
  ZIP,
  TAR,
  SEVEN_ZIP,
  GZIP,
  ZLIB,
  ZFILE,
  ZSTD,
  BZIP2,
  XZ,
  LZ4,
  LZMA,
  safetensorsFormat,
  ggufFormat,
  ONNX,
  COREML,
  TF_SAVED_MODEL,
  TF_METAGRAPH,
  TF_GRAPH,
  KERAS_METADATA,
  TFLITE,
  PADDLE,
  CAFFE,
  TORCHSCRIPT_CODE,
  XML,
  rds,
  hdf5,
  catboost,
  lightgbm,
  xgboost,
  msgpack,
  EXECUTABLE,
  PICKLE,
  NPY,
  ...KNOWN,
  ...UNREAD_MODELS,
  PROTOTXT,
  jinjaFormat,
  notebook,
  agentConfig,
  agentInstructions,
  packageJson,
  packageLock,
  lockFile,
  pipfileLock,
  requirementsTxt,
  pyproject,
  conda,
  dockerfile,
  manifest,
  terraform,
  shell,
  settings,
  otherCode,
  json,
  yaml,
  python,
  // The last resort.
  TEXT,
];

// What is in a model file, without ever loading it: formats by content, findings by capability, four verdicts.
export { renderBaseline } from './baseline.ts';
export { BeyondBudget, Budget, boundsFor } from './budget.ts';
export { examine, type Scanner } from './examine.ts';
export { FileSource } from './file-source.ts';
export { readZipDirectory } from './formats/archive/zip-directory.ts';
export {
  ARRAY as GGUF_ARRAY,
  GgufReader,
  SIZES as GGUF_SIZES,
  STRING as GGUF_STRING,
} from './formats/tensors/gguf-reader.ts';
export { readScanRules, type ScanRule } from './rule.ts';
export { toJunit } from './report/junit.ts';
export { toSarif } from './report/sarif.ts';
export { examineRepository, type RepositoryFile, type RepositoryFinding } from './repository/examine.ts';
export { scanFile } from './scan-file.ts';
export { Scan, reaches, type ScanOptions } from './scan-paths.ts';
export { scanRules, shippedScanner } from './shipped.ts';
export { show } from './show.ts';
export { MemorySource, SliceSource, type Source } from './source.ts';
export { findOrders } from './workspace/agents/instructions.ts';
export { lookOverEndpoint } from './workspace/endpoint/look-over.ts';
export { parseRequirement } from './workspace/packages/requirements-txt.ts';
export { readYaml, valueOf } from './workspace/yaml.ts';
export { walk } from './walk.ts';

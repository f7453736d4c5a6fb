// What is in a model file, without ever loading it: formats by content, findings by capability, four verdicts.
export { renderBaseline } from './baseline.ts';
export { examine, type Scanner } from './examine.ts';
export { readScanRules, type ScanRule } from './rule.ts';
export { toJunit } from './report/junit.ts';
export { toSarif } from './report/sarif.ts';
export { examineRepository, type RepositoryFile, type RepositoryFinding } from './repository/examine.ts';
export { scanFile } from './scan-file.ts';
export { Scan, reaches, type ScanOptions } from './scan-paths.ts';
export { shippedScanner } from './shipped.ts';
export { MemorySource, type Source } from './source.ts';
export { lookOverEndpoint } from './workspace/endpoint/look-over.ts';

// What is in a model file, without ever loading it: formats by content, findings by capability, four verdicts.
export { examine, type Scanner } from './examine.ts';
export type { Format, Look, Probe, Reported } from './format.ts';
export { readScanRules, type ScanRule } from './rule.ts';
export { scanFile } from './scan-file.ts';
export { shippedScanner } from './shipped.ts';
export { MemorySource, type Source } from './source.ts';

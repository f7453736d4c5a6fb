// What is said of a model, and how it can be held against the model: its bill of materials.
export { loadContents, readContents } from './bom/bom-file.ts';
export { type Completeness, toCompleteness } from './bom/completeness.ts';
export { toCyclonedx } from './bom/cyclonedx.ts';
export { type Change, type Gate, diffContents, failsGate } from './bom/diff.ts';
export type { ModelFacts } from './bom/facts.ts';
export { gatherFacts } from './bom/gather.ts';
export { scanToCyclonedx } from './bom/scanned.ts';
export { toSpdx } from './bom/spdx.ts';

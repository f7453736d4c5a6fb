// How much of what should be known of a model its files state. It says nothing of whether it is true.
// Source of the fields: OWASP GenAI Security Project, aibom-generator, docs/aibom-field-mapping (fields of CycloneDX and of
// SPDX's AI profile) and its three tiers of importance, which are the weights. Energy, lineage and metrics as there.
import type { ConsiderationKind, ModelFacts } from './facts.ts';

const CRITICAL = 3;
const IMPORTANT = 2;
const SUPPLEMENTARY = 1;

interface Field {
  readonly name: string;
  readonly weight: number;
  readonly has: (facts: ModelFacts) => boolean;
}

const says =
  (kind: ConsiderationKind) =>
  ({ considerations }: ModelFacts): boolean =>
    considerations.some((each) => each.kind === kind);
const refers =
  (type: string) =>
  ({ references }: ModelFacts): boolean =>
    references.some((each) => each.type === type);
const property =
  (pattern: RegExp) =>
  ({ properties }: ModelFacts): boolean =>
    properties.some(({ name }) => pattern.test(name));

const FIELDS: readonly Field[] = [
  // The name of a folder is nobody's statement.
  {
    name: 'name',
    weight: CRITICAL,
    has: ({ single }) => single.name !== undefined && !single.name.source.startsWith('the name of'),
  },
  { name: 'version', weight: CRITICAL, has: ({ single }) => single.version !== undefined },
  { name: 'supplier', weight: CRITICAL, has: ({ single }) => single.supplier !== undefined },
  { name: 'task', weight: CRITICAL, has: ({ single }) => single.task !== undefined },
  { name: 'files with digests', weight: CRITICAL, has: ({ files }) => files.length > 0 },
  {
    name: 'download location',
    weight: CRITICAL,
    has: (facts) => facts.single.downloadLocation !== undefined || refers('distribution')(facts),
  },
  { name: 'licence', weight: IMPORTANT, has: ({ licences }) => licences.length > 0 },
  { name: 'description', weight: IMPORTANT, has: ({ single }) => single.description !== undefined },
  {
    name: 'architecture',
    weight: IMPORTANT,
    has: ({ single }) => single.architecture !== undefined || single.architectureFamily !== undefined,
  },
  {
    name: 'training datasets',
    weight: IMPORTANT,
    has: ({ datasets }) => datasets.some(({ use }) => use === 'training'),
  },
  { name: 'performance metrics', weight: IMPORTANT, has: ({ metrics }) => metrics.length > 0 },
  {
    name: 'hyperparameters',
    weight: IMPORTANT,
    has: property(/:(?:training:|generation:|adapter:|layers$|hidden-size$)/),
  },
  { name: 'limitations', weight: IMPORTANT, has: says('technicalLimitations') },
  { name: 'ethical considerations', weight: IMPORTANT, has: says('ethicalConsiderations') },
  {
    name: 'energy consumption',
    weight: IMPORTANT,
    has: (facts) => says('environment')(facts) || property(/:co2-/)(facts),
  },
  { name: 'intended use', weight: SUPPLEMENTARY, has: says('useCases') },
  { name: 'information about training', weight: SUPPLEMENTARY, has: says('training') },
  { name: 'base model', weight: SUPPLEMENTARY, has: ({ baseModels }) => baseModels.length > 0 },
  {
    name: 'test datasets',
    weight: SUPPLEMENTARY,
    has: ({ datasets }) => datasets.some(({ use }) => use === 'evaluation'),
  },
  { name: 'inputs and outputs', weight: SUPPLEMENTARY, has: ({ ports }) => ports.length > 0 },
  { name: 'libraries', weight: SUPPLEMENTARY, has: ({ libraries }) => libraries.length > 0 },
  { name: 'domain', weight: SUPPLEMENTARY, has: ({ tags }) => tags.length > 0 },
  { name: 'source repository', weight: SUPPLEMENTARY, has: refers('vcs') },
  { name: 'paper or documentation', weight: SUPPLEMENTARY, has: refers('documentation') },
];

export interface Completeness {
  /** 0 to 100. */
  readonly score: number;
  /** Fields that no file states, the weightiest first. */
  readonly missing: readonly string[];
}

/** What share of the fields is stated, by weight. */
export function toCompleteness(facts: ModelFacts): Completeness {
  const total = FIELDS.reduce((sum, { weight }) => sum + weight, 0);
  const missing = FIELDS.filter(({ has }) => !has(facts));
  const lost = missing.reduce((sum, { weight }) => sum + weight, 0);
  return { score: Math.round((100 * (total - lost)) / total), missing: missing.map(({ name }) => name) };
}

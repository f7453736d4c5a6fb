// The facts of a model as they go over the wire to whoever looks at them: without what only documents need.
import type { BomFacts } from '../../contract/index.ts';
import { toCompleteness } from './completeness.ts';
import type { ModelFacts } from './facts.ts';

/** Our own properties are shown by their name alone. */
const shortName = (name: string): string => (name.startsWith('ancile:') ? name.slice('ancile:'.length) : name);

export function toBomFacts(facts: ModelFacts): BomFacts {
  const { score, missing } = toCompleteness(facts);
  const { single, differing, licences, metrics, libraries, references, considerations, ports, unread } = facts;
  return {
    score,
    missing: [...missing],
    single: Object.entries(single).map(([field, { value, source }]) => ({ field, value, source })),
    differing: [...differing],
    licences: [...licences],
    datasets: facts.datasets.map(({ name, use, source }) => ({ name, use, source })),
    baseModels: facts.baseModels.map(({ name, relation, version, source }) => ({
      name,
      ...(relation === undefined ? {} : { relation }),
      ...(version === undefined ? {} : { version }),
      source,
    })),
    metrics: [...metrics],
    libraries: libraries.map(({ name, version, source }) => ({
      name,
      ...(version === undefined ? {} : { version }),
      source,
    })),
    references: [...references],
    considerations: [...considerations],
    ports: [...ports],
    properties: facts.properties.map(({ name, value, source }) => ({ name: shortName(name), value, source })),
    tags: facts.tags.map(({ value }) => value),
    files: facts.files.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
    unread: [...unread],
  };
}

// Manifests held against the inventory before anybody applies them: what an API server would be told of each object.
import { parseJson } from '../../codec/index.ts';
import type { AdmissionCheck } from '../../contract/index.ts';
import { findReferences } from './find-references.ts';
import type { Places } from './places.ts';
import { toPlain } from './reference.ts';
import { type ResolveParts, createResolver, isGood } from './resolve.ts';

const MOST_OBJECTS = 1000;

type Members = Readonly<Record<string, unknown>>;
const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects of a manifest: of lists their items, of a review what it asks about. */
function* objectsOf(value: unknown): Generator<Members> {
  const left = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (Array.isArray(next)) left.push(...[...(next as unknown[])].reverse());
    else if (!isMembers(next)) continue;
    else if (next['kind'] === 'AdmissionReview' && isMembers(next['request'])) left.push(next['request']['object']);
    else if (Array.isArray(next['items']) && /List$/.test(String(next['kind']))) left.push(next['items']);
    else yield next;
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? toPlain(value, 253) : '');

/** @returns what is said of a manifest in JSON: one object, a list of them, or an AdmissionReview */
export function createManifestCheck(
  parts: ResolveParts & { readonly places: Places },
): (json: string) => Promise<AdmissionCheck> {
  const resolve = createResolver(parts);
  return async (json) => {
    const objects: AdmissionCheck['objects'] = [];
    for (const object of objectsOf(parseJson(json, { what: 'the manifest' }))) {
      if (objects.length >= MOST_OBJECTS) {
        objects.push({
          kind: '',
          namespace: '',
          name: '',
          allowed: false,
          references: [],
          unread: `more than ${MOST_OBJECTS} objects`,
        });
        break;
      }
      const reading = findReferences(object, parts.places);
      const references = await resolve(reading);
      const metadata = isMembers(object['metadata']) ? object['metadata'] : {};
      objects.push({
        kind: text(object['kind']),
        namespace: text(metadata['namespace']),
        name: text(metadata['name']) || text(metadata['generateName']),
        allowed: reading.unread === undefined && references.every(isGood),
        references,
        ...(reading.unread === undefined ? {} : { unread: reading.unread }),
      });
    }
    return { allowed: objects.every(({ allowed }) => allowed), objects };
  };
}

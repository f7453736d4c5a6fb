// The judge of documents in tests: the schema of CycloneDX by its own library, and the property names and references that it leaves open.
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { expect } from 'vitest';

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);

/** Every value of a member, wherever it stands. */
function everywhere(value: unknown, member: string, found: unknown[] = []): unknown[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, each] of Object.entries(value)) {
    if (name === member) found.push(each);
    everywhere(each, member, found);
  }
  return found;
}

/** Holds a document against the schema. */
export async function expectValid(document: object): Promise<void> {
  expect(await validator.validate(JSON.stringify(document))).toBeNull();
  for (const properties of everywhere(document, 'properties') as { name: string; value: string }[][]) {
    for (const { name, value } of properties) {
      expect(name).toMatch(/^ancile:[a-z0-9][\w:.-]*$/i);
      expect(value).not.toBe('');
    }
  }
  const refs = everywhere(document, 'bom-ref');
  expect(new Set(refs).size).toBe(refs.length);
  for (const ref of (everywhere(document, 'dependsOn') as string[][]).flat()) expect(refs).toContain(ref);
  for (const data of (everywhere(document, 'datasets') as { ref: string }[][]).flat()) expect(refs).toContain(data.ref);
  // Nothing that steers a terminal or hides what is there.
  expect(JSON.stringify(document)).not.toMatch(/(?<!\\)\\[ntrbf]|(?<!\\)\\u|[\u007f-\u009f\u200b\u202e]/);
}

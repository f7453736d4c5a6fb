// The policy sets and the schema that come with the program.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const CONTENT = new URL('../../content/policies/', import.meta.url);

export const SHIPPED_POLICY_SETS = ['default', 'observe', 'strict'] as const;
export type ShippedPolicySet = (typeof SHIPPED_POLICY_SETS)[number];

/** The folder of a shipped policy set. */
export function shippedPolicySet(name: ShippedPolicySet): string {
  return fileURLToPath(new URL(name, CONTENT));
}

let schema: string | undefined;

/** Text of the Cedar schema that every policy set is validated against. */
export function loadSchema(): string {
  schema ??= readFileSync(new URL('schema.cedarschema', CONTENT), 'utf8');
  return schema;
}

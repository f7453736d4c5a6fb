// An evidence bundle holds the policy set that rules, whatever was written to its folder since.
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readZip } from '../../src/respond/bundle/zip.ts';
import { policiesWith } from '../harness/policies.ts';
import { startTestServer } from '../harness/server.ts';

const RULE = `
@id("test.hold")
@action("hold")
@reason("somebody should see this")
forbid (principal, action == Action::"finding", resource)
when { context.rule == "pii.iban" && context.direction == "input" };
`;

it('is of the set in force, with its version, and names those that ruled', async () => {
  const folder = policiesWith(RULE);
  const server = await startTestServer({ policy: { set: folder } });
  const incident = await server.admin.openIncident({ title: 'a change of policies' });
  const bundle = async () => {
    const { zip } = await server.admin.bundleIncident({ id: incident.id });
    const files = new Map(
      readZip(Buffer.from(zip, 'base64')).files.map((each) => [each.name, each.bytes.toString('utf8')]),
    );
    const set = JSON.parse(files.get('policy-set.json')!) as { version: string; ruled: string[] };
    return { ...set, text: files.get('policy/more.cedar')! };
  };
  const { policyVersion } = await server.admin.getStatus({});
  const file = join(folder, 'more.cedar');
  const before = readFileSync(file, 'utf8');
  appendFileSync(file, RULE.replace('test.hold', 'test.other'));

  const first = await bundle();
  expect(first.version).toBe(policyVersion);
  expect(first.text).toBe(before);
  expect(first.ruled).toEqual([]);

  await server.admin.reloadPolicies({});
  const second = await bundle();
  expect(second.version).not.toBe(policyVersion);
  expect(second.text).toContain('test.other');
});

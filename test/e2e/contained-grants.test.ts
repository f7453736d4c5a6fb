// Grants that a containment ends: none is used and none can be made while it is in force; lifted, what was left is there again.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { beforeAll, expect, it } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { type TestTools, connectAgent, saidBy, startTools } from '../harness/mcp.ts';
import { OFFICE_LABELS, buildOffice } from '../harness/office.ts';
import type { Message, ScriptedCall } from '../harness/scripted-agent.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';

const labels = join(tempFolder(), 'labels.json');
const email = (to: string, body: string): ScriptedCall => ({
  name: 'office__send_email',
  arguments: { recipients: [to], body },
});
let office: TestTools;
let server: TestServer;

beforeAll(async () => {
  writeFileSync(labels, JSON.stringify(OFFICE_LABELS));
  office = await startTools({}, buildOffice);
  server = await startTestServer({
    detect: { disabled: ['attack'] },
    approvals: { wait: '50ms' },
    flow: { mode: 'strict' },
    mcp: { servers: { office: { url: office.url, labels, pin: 'first_use' } } },
  });
});

const sent = (): unknown[] => office.calls.filter(({ tool }) => tool === 'send_email').map(({ args }) => args);
const newAgent = async () => {
  const { key } = await server.createKey({ tools: ['*'] });
  return { key, tools: await connectAgent(server, key) };
};
const pending = async () => (await server.admin.listApprovals({ state: 'pending' })).approvals[0]!;
const send = async (tools: Client, call: ScriptedCall): Promise<string> =>
  saidBy(await tools.callTool({ name: call.name, arguments: call.arguments as Message }));

it('none is used or made, and what was left is there again', async () => {
  const mine = await newAgent();
  const theirs = await newAgent();
  const held = async ({ tools }: typeof mine, word: string) => {
    await tools.callTool({ name: 'office__read_mail', arguments: {} });
    expect(await send(tools, email('eve@evil.example', word))).toMatch(/held/);
    return pending();
  };
  const { id } = await held(mine, 'Mine.');
  const { grant } = await server.admin.grantApproval({ id, terms: { for: 'key', any: ['body'], uses: 3 } });
  const other = await held(theirs, 'Theirs.');
  await server.admin.grantApproval({ id: other.id, terms: { for: 'key', any: ['body'], uses: 5 } });
  const target = { principal: grant.principal.id, server: 'office' };
  const before = sent().length;
  for (const { tools } of [mine, theirs]) await send(tools, email('eve@evil.example', 'By grant, or the yes itself.'));
  const left = (await server.admin.listGrants({})).grants.find((each) => each.id === grant.id)!;
  const uses = left.uses - left.used;
  expect(await server.admin.previewContainment({ action: 'ungrant', target })).toMatchObject({
    keysTotal: 1,
    statements: [`1 grant with ${uses} uses left would end`, expect.any(String)],
  });
  const all = await server.admin.previewContainment({ action: 'ungrant' });
  expect(all.keysTotal).toBeGreaterThanOrEqual(1);
  const contained = await server.admin.contain({ action: 'ungrant', target, reason: 'hijacked' });
  expect(contained).toMatchObject({ state: 'effective', cut: 1, effectMs: expect.any(Number) as number });
  expect(await send(mine.tools, email('eve@evil.example', 'Now not.'))).toMatch(/held/);
  expect(await send(theirs.tools, email('eve@evil.example', 'Theirs go on.'))).not.toMatch(/held/);
  expect(sent().length).toBe(before + 3);
  const again = await pending();
  await expect(
    server.admin.grantApproval({ id: again.id, terms: { for: 'key', any: ['body'] } }),
  ).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(contained.id) as string });
  await server.admin.liftContainment({ id: contained.id });
  expect(await send(mine.tools, email('eve@evil.example', 'And again.'))).not.toMatch(/held/);
  expect((await server.admin.listGrants({})).grants.find((each) => each.id === grant.id)?.used).toBe(left.used + 1);
});

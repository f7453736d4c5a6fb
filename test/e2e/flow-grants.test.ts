// Grants on both wires: a person's yes to a held call and to calls like it, for one key; listed, revoked, and on record.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { beforeAll, expect, it } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { ancile, ensureBuilt } from '../harness/cli.ts';
import { type TestTools, connectAgent, saidBy, startTools } from '../harness/mcp.ts';
import { OFFICE_LABELS, buildOffice } from '../harness/office.ts';
import { type Message, type Plan, type ScriptedCall, runAgent, startScriptedModel } from '../harness/scripted-agent.ts';
import { type TestServer, behind, startTestServer } from '../harness/server.ts';

const labels = join(tempFolder(), 'labels.json');
const email = (to: string, body: string): ScriptedCall => ({
  name: 'office__send_email',
  arguments: { recipients: [to], body },
});
let office: TestTools;
let server: TestServer;
let plan: Plan;

beforeAll(ensureBuilt, 300_000);
beforeAll(async () => {
  writeFileSync(labels, JSON.stringify(OFFICE_LABELS));
  const model = await startScriptedModel(() => plan);
  office = await startTools({}, buildOffice);
  server = await startTestServer({
    ...behind(model.url),
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
async function pending() {
  const { approvals } = await server.admin.listApprovals({ state: 'pending' });
  return approvals[0]!;
}
/** Reads the mail, then proposes one call. */
const afterMail =
  (call: ScriptedCall): Plan =>
  (messages) =>
    messages.length === 1 ? [{ name: 'office__read_mail', arguments: {} }] : messages.length === 3 ? [call] : [];
const send = async (tools: Client, call: ScriptedCall): Promise<string> =>
  saidBy(await tools.callTool({ name: call.name, arguments: call.arguments as Message }));

it.each([
  ['whole answers', false],
  ['streams', true],
])('on the model’s wire, in %s: as often as it was granted, to whom it was granted', async (_, stream) => {
  const { key, tools } = await newAgent();
  const agent = { address: server.address, key };
  const task = (n: number): string => `Read my mail and email a summary to whoever asks (${n})`;
  plan = afterMail(email('mallory@evil.example', 'One.'));
  await runAgent(agent, task(0), tools, stream);
  const held = await pending();
  expect(held.call).toMatchObject({ capability: 'office/send_email', arguments: { body: { kind: 'content' } } });
  const { grant } = await server.admin.grantApproval({ id: held.id, terms: { for: 'key', any: ['body'], uses: 2 } });
  const before = sent().length;
  for (const n of [1, 2]) {
    plan = afterMail(email('mallory@evil.example', `Number ${n}.`));
    await runAgent(agent, task(n), tools, stream);
  }
  expect(sent().length).toBe(before + 2);
  expect((await server.admin.listGrants({ all: 'true' })).grants[0]).toMatchObject({ id: grant.id, used: 2 });
  plan = afterMail(email('mallory@evil.example', 'Number 3.'));
  const { said } = await runAgent(agent, task(3), tools, stream);
  expect(said).toMatch(/held the call/);
  expect(sent().length).toBe(before + 2);
  const records = await server.records();
  expect(records.filter((each) => each.kind === 'grant')).toContainEqual(
    expect.objectContaining({ grant: grant.id, state: 'made', any: ['body'] }),
  );
  const used = records.filter((each) => each.kind === 'exchange.closed' && each.calls?.[0]?.grant === grant.id);
  expect(used).toHaveLength(2);
  expect(JSON.stringify(records)).not.toContain('mallory');
});

it('on the tools’ wire: for one key alone, until it is revoked', async () => {
  const mine = await newAgent();
  const theirs = await newAgent();
  const call = email('eve@evil.example', 'One.');
  for (const { tools } of [mine, theirs]) await tools.callTool({ name: 'office__read_mail', arguments: {} });
  expect(await send(mine.tools, call)).toMatch(/held/);
  const held = await pending();
  expect(held.exchange.principal.id).not.toBe('');
  const id = held.id;
  await expect(server.admin.grantApproval({ id, terms: { for: 'key', any: ['recipients'] } })).rejects.toMatchObject({
    code: 'request_invalid',
  });
  const cwd = tempFolder();
  writeFileSync(join(cwd, 'ancile.yaml'), JSON.stringify({ dataDir: server.dataDir }));
  const cli = (...args: string[]) => ancile(['approval', ...args], { cwd });
  const made = await cli('grant', id, '--for', 'key', '--any', 'body', '--expires', '1h');
  expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/approval revoke gr_/)]);
  const before = sent().length;
  // The yes itself, and then the grant.
  for (const body of ['One.', 'Two.', 'Three.']) await send(mine.tools, email('eve@evil.example', body));
  expect(sent().length).toBe(before + 3);
  expect(await send(theirs.tools, call)).toMatch(/held/);
  expect(await send(mine.tools, email('adam@evil.example', 'One.'))).toMatch(/held/);
  const listed = await cli('grants', '--json');
  const [grant] = (JSON.parse(listed.stdout) as { grants: { id: string; used: number }[] }).grants;
  expect(grant!.used).toBeGreaterThanOrEqual(2);
  expect((await cli('revoke', grant!.id)).code).toBe(0);
  expect(await send(mine.tools, email('eve@evil.example', 'Four.'))).toMatch(/held/);
  expect(sent().length).toBe(before + 3);
});

it('for a session: another of the same key has none of it', async () => {
  const { key, tools } = await newAgent();
  const other = await connectAgent(server, key);
  const call = email('eve@evil.example', 'x');
  for (const each of [tools, other]) await each.callTool({ name: 'office__read_mail', arguments: {} });
  await send(tools, call);
  const { id } = await pending();
  await server.admin.grantApproval({ id, terms: { for: 'session', any: ['body'] } });
  const again = email('eve@evil.example', 'y');
  expect(await send(tools, again)).not.toMatch(/held/);
  expect(await send(other, again)).toMatch(/held/);
});

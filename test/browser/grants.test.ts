// A yes to a held tool call that covers calls like it, given in the console, seen there, and taken back there.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { connectAgent, saidBy, startTools } from '../harness/mcp.ts';
import { OFFICE_LABELS, buildOffice } from '../harness/office.ts';
import { joinAs } from '../harness/people.ts';
import { type TestServer, eventually, startTestServer } from '../harness/server.ts';
import { SLOW, requireBrowser, visitAs } from './browser.ts';

let server: TestServer;

beforeAll(async () => {
  const labels = join(tempFolder(), 'labels.json');
  writeFileSync(labels, JSON.stringify(OFFICE_LABELS));
  const office = await startTools({}, buildOffice);
  server = await startTestServer({
    detect: { disabled: ['attack'] },
    approvals: { wait: '50ms' },
    flow: { mode: 'strict' },
    mcp: { servers: { office: { url: office.url, labels, pin: 'first_use' } } },
  });
  await joinAs(server, ['approver'], 'grace');
}, SLOW);

it('is given, listed and taken back', { timeout: 4 * SLOW }, async (context) => {
  requireBrowser(context);
  const { key } = await server.createKey({ tools: ['*'] });
  const agent = await connectAgent(server, key);
  const send = async (to: string, body: string): Promise<string> =>
    saidBy(await agent.callTool({ name: 'office__send_email', arguments: { recipients: [to], body } }));
  await agent.callTool({ name: 'office__read_mail', arguments: {} });
  expect(await send('eve@evil.example', 'One.')).toMatch(/held/);
  const held = (await server.admin.listApprovals({ state: 'pending' })).approvals[0]!;

  const { page, goTo, check, complaints } = await visitAs(server, 'grace');
  await goTo(`/approvals/${held.id}`);
  await page.getByRole('checkbox', { name: /recipients/ }).waitFor();
  expect(await page.getByRole('checkbox', { name: /recipients/ }).isDisabled()).toBe(true);
  await page.getByRole('checkbox', { name: /body/ }).check();
  expect(await check()).toEqual([]);
  await page.getByRole('button', { name: 'Approve and grant' }).click();
  await page.getByText('Decided by').waitFor();
  expect(await send('eve@evil.example', 'One.')).not.toMatch(/held/);
  expect(await send('eve@evil.example', 'Two.')).not.toMatch(/held/);
  expect(await send('adam@evil.example', 'Two.')).toMatch(/held/);

  await goTo('/approvals');
  await page.getByText('office/send_email').first().waitFor();
  expect(await check()).toEqual([]);
  await page.getByRole('button', { name: 'Revoke' }).click();
  await eventually(async () => ((await server.admin.listGrants({})).grants.length === 0 ? true : undefined));
  expect(await send('eve@evil.example', 'Three.')).toMatch(/held/);
  expect(complaints).toEqual([]);
});

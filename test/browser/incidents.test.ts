// An incident from the console: opened by hand, everything frozen by one action, undone, closed with what was learnt; and a
// definition of a tool approved as it was seen.
import { beforeAll, expect, it } from 'vitest';
import { ask, post } from '../harness/clients.ts';
import { connectAgent, localTools } from '../harness/mcp.ts';
import { joinAs } from '../harness/people.ts';
import { type TestServer, eventually, startTestServer } from '../harness/server.ts';
import { SLOW, requireBrowser, visitAs } from './browser.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ mcp: { servers: { local: localTools() } } });
  await joinAs(server, ['admin'], 'ada');
}, SLOW);

const status = async (): Promise<number> => (await post(server, '/v1/chat/completions', ask('hello'))).status;

it('freezes everything with one action, and lets it go on', { timeout: 4 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, complaints } = await visitAs(server, 'ada');
  await goTo('/incidents');
  await page.getByRole('button', { name: 'Open one' }).click();
  await page.getByLabel('Title').fill('Somebody tries keys');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await page.getByText('Handle it').waitFor();

  await page.getByRole('button', { name: 'Freeze everything' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('are covered').or(dialog.getByText('is covered')).waitFor();
  await dialog.getByRole('button', { name: 'Freeze everything' }).click();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  expect(await status()).toBe(403);
  await page.getByRole('button', { name: 'Undo' }).click();
  await eventually(async () => ((await status()) === 200 ? true : undefined));

  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'closed' }).click();
  const save = page.getByRole('button', { name: 'Save' });
  expect(await save.isDisabled()).toBe(true);
  await page.getByLabel('What was learnt').fill('Keys are to be rotated.');
  await save.click();
  await page.getByText('Learnt', { exact: true }).waitFor();
  const [incident] = (await server.admin.listIncidents({})).incidents;
  expect(incident).toMatchObject({ state: 'closed', review: 'Keys are to be rotated.', openedBy: 'ada' });
  expect(complaints).toEqual([]);
});

it('a definition is approved exactly as it was looked at', { timeout: 4 * SLOW }, async (context) => {
  requireBrowser(context);
  const { key } = await server.createKey({ tools: ['*'] });
  const agent = await connectAgent(server, key, '/mcp/local');
  expect((await agent.listTools()).tools).toEqual([]);
  const { page, goTo, complaints } = await visitAs(server, 'ada');
  await goTo('/tools?server=local');
  const card = page.locator('section', { hasText: 'local · echo' }).last();
  await card.getByRole('button', { name: 'Approve exactly this' }).click();
  await eventually(async () => ((await agent.listTools()).tools.length === 1 ? true : undefined));
  expect(complaints).toEqual([]);
});

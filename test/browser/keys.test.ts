// Keys: made with a budget, shown once, used, burnt down, revoked.
import { beforeAll, expect, it } from 'vitest';
import { ask, post } from '../harness/clients.ts';
import { joinAs } from '../harness/people.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';
import { SLOW, requireBrowser, visitAs } from './browser.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await joinAs(server, ['admin'], 'ada');
  await joinAs(server, ['auditor'], 'ann');
}, SLOW);

it('makes a key, shows it once, and revokes it', { timeout: SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, check, complaints } = await visitAs(server, 'ada');
  await goTo('/keys');
  await page.getByRole('button', { name: 'Make a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('<b>billing</b>');
  await dialog.getByLabel('Models').fill('no-such-route');
  await dialog.getByRole('button', { name: 'Add a budget' }).click();
  expect(await check()).toEqual([]);
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  await dialog.getByText('expected at least one bound in each budget').waitFor();
  await dialog.getByLabel('Requests').fill('10');
  await dialog.getByLabel('US dollars').fill('0.5');
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  // What only the server can know is said at its field too.
  await dialog.getByText('no route is called').first().waitFor();
  expect(await check()).toEqual([]);
  await dialog.getByLabel('Models').fill('*');
  await dialog.getByRole('button', { name: 'Make the key' }).click();
  const key = (await page.getByTestId('new-key').textContent())!.trim();
  expect(await check()).toEqual([]);
  const asked = await post({ address: server.address, key }, '/v1/chat/completions', ask('hello'));
  expect(asked.status).toBe(200);
  await dialog.getByRole('button', { name: 'I have it' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(key);

  await page.getByRole('link', { name: '<b>billing</b>' }).click();
  await page.getByRole('heading', { name: 'Requests: 1 of 10' }).waitFor();
  await page.getByRole('figure', { name: 'Requests used, where that leads, and the limit' }).waitFor();
  await page.getByRole('heading', { name: /^Cost: .* of \$0\.5/ }).waitFor();

  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('It cannot be brought back').waitFor();
  expect(await check()).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('revoked', { exact: true }).first().waitFor();
  const refused = await post({ address: server.address, key }, '/v1/chat/completions', ask('hello'));
  expect(refused.status).toBe(401);
  expect(complaints).toEqual([]);
});

it('lets an auditor see keys and change none', { timeout: SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo } = await visitAs(server, 'ann');
  await goTo('/keys');
  await page.locator('main [data-row]').first().waitFor();
  expect(await page.getByRole('button', { name: 'Make a key' }).count()).toBe(0);
  await page.locator('main [data-row]').first().click();
  await page.getByRole('heading', { name: 'Facts' }).waitFor();
  expect(await page.getByRole('button', { name: 'Revoke' }).count()).toBe(0);
});

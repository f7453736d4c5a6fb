// People: invited by one, joined by another, seen as the roles say, ended.
import { beforeAll, expect, it } from 'vitest';
import { PASSWORD, joinAs } from '../harness/people.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';
import { SLOW, requireBrowser, visit, visitAs } from './browser.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await joinAs(server, ['admin'], 'ada');
}, SLOW);

it('invites a user, who joins, sees what his role may, and is disabled', { timeout: SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, check, complaints } = await visitAs(server, 'ada');
  await goTo('/people');
  await page.getByRole('button', { name: 'Invite somebody' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('grace');
  await dialog.getByRole('checkbox', { name: 'auditor' }).uncheck();
  await dialog.getByRole('checkbox', { name: 'approver' }).check();
  expect(await check()).toEqual([]);
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const link = (await page.getByTestId('invite-link').textContent())!.trim();
  await page.getByRole('button', { name: 'Done' }).click();

  const grace = await visit(server);
  await grace.page.goto(link);
  await grace.page.getByText('You sign in as grace').waitFor();
  await grace.page.getByLabel('New password', { exact: false }).first().fill(PASSWORD);
  await grace.page.getByLabel('New password again').fill(PASSWORD);
  await grace.page.getByRole('button', { name: 'Set the password and sign in' }).click();
  const pages = grace.page.getByRole('navigation', { name: 'Pages' });
  await pages.getByRole('link', { name: 'Approvals' }).waitFor();
  expect(await pages.getByRole('link', { name: 'People' }).count()).toBe(0);
  await grace.goTo('/people');
  await grace.page.getByText('Your roles do not reach this page').waitFor();
  await grace.goTo('/policies');
  await grace.page.getByRole('tab', { name: 'Files' }).waitFor();
  expect(await grace.page.getByRole('tab', { name: 'Test on past records' }).count()).toBe(0);

  await page.getByRole('button', { name: 'Change grace' }).click();
  await page.getByRole('menuitem', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await page.getByText('disabled', { exact: true }).waitFor();
  // Her session has ended with it: the next thing she does asks her to sign in.
  await grace.goTo('/keys');
  await grace.page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  expect([...complaints, ...grace.complaints]).toEqual([]);
});

it('changes the own password', { timeout: SLOW }, async (context) => {
  requireBrowser(context);
  const { page, complaints } = await visitAs(server, 'ada');
  const next = 'seven herons at dawn';
  await page.getByRole('textbox', { name: 'Current password' }).fill(PASSWORD);
  await page.getByLabel('New password', { exact: false }).first().fill(next);
  await page.getByLabel('New password again').fill(next);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByText('The password is changed').waitFor();
  expect(complaints).toEqual([]);
});

// The way in: the first start's link, a password, a second factor, and the way out.
import { TOTP } from 'otpauth';
import { beforeAll, expect, it } from 'vitest';
import { PASSWORD } from '../harness/people.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';
import { SLOW, requireBrowser, visit, visitAs } from './browser.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
}, SLOW);

it('makes the first admin by the link, once', { timeout: SLOW }, async (context) => {
  requireBrowser(context);
  const { page, complaints, check } = await visit(server);
  await page.goto(server.signInLink!);
  await page.getByText('You sign in as admin').waitFor();
  expect(await check()).toEqual([]);

  await page.getByLabel('New password', { exact: false }).first().fill('short');
  await page.getByLabel('New password again').fill('short');
  await page.getByRole('button', { name: 'Set the password and sign in' }).click();
  await page.getByText('expected at least 12 characters').waitFor();

  await page.getByLabel('New password', { exact: false }).first().fill(PASSWORD);
  await page.getByLabel('New password again').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set the password and sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  // The used link is not left in the window's history.
  expect(page.url()).not.toContain('invite');

  const second = await visit(server);
  await second.page.goto(server.signInLink!);
  await second.page.getByRole('alert').waitFor();
  expect([...complaints, ...second.complaints]).toEqual([]);
});

it('refuses a wrong password without saying what was wrong', { timeout: SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, check, complaints } = await visit(server);
  await goTo('/');
  for (const [name, password] of [
    ['admin', 'not the password'],
    ['nobody', PASSWORD],
  ]) {
    await page.getByLabel('Name').fill(name!);
    await page.getByLabel('Password', { exact: false }).first().fill(password!);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('unauthenticated').waitFor();
  }
  expect(await check()).toEqual([]);
  expect(complaints).toEqual([]);
});

it('sets up a second factor, and asks for it from then on', { timeout: SLOW }, async (context) => {
  requireBrowser(context);
  const { page, check, complaints } = await visitAs(server, 'admin');
  await page.getByLabel('Your password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set up a second factor' }).click();
  const secret = (await page.getByTestId('totp-secret').textContent())!;
  await page.getByRole('img', { name: 'The secret as a QR code' }).waitFor();
  expect(await check()).toEqual([]);
  const code = (): string => new TOTP({ secret }).generate();
  await page.getByLabel('The code that it shows').fill(code());
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('they are not shown again').waitFor();
  const recovery = (await page.locator('main li').first().textContent())!;

  await page.getByRole('complementary').getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name').fill('admin');
  await page.getByLabel('Password', { exact: false }).first().fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Second factor' }).waitFor();
  expect(await check()).toEqual([]);
  // A code is good once: what confirmed the factor does not sign in, a recovery code does.
  await page.getByLabel('Code').fill(recovery);
  await page.getByRole('button', { name: 'Continue' }).click();
  // The address stayed, so that he lands where he was.
  await page.getByRole('heading', { level: 1, name: 'Your account' }).waitFor();
  expect(complaints).toEqual([]);
});

it('shows nothing of before to whoever comes after a sign-out', { timeout: SLOW }, async (context) => {
  requireBrowser(context);
  const { page } = await visit(server);
  await page.goto(`${server.address}/console/#/keys`);
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  expect(await page.getByRole('navigation').count()).toBe(0);
});

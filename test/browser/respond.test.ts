// What is done about an incident in the console beyond one containment: a playbook that says first what it would do, legal
// clocks that facts start, and evidence that verifies away from here.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { ancile, ensureBuilt } from '../harness/cli.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { ask, post } from '../harness/clients.ts';
import { joinAs } from '../harness/people.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';
import { PHONE, SLOW, requireBrowser, visitAs } from './browser.ts';

let server: TestServer;
let incident: string;
let principal: string;
let key: string;

beforeAll(ensureBuilt, 300_000);
beforeAll(async () => {
  server = await startTestServer();
  await joinAs(server, ['admin'], 'ada');
  const made = await server.createKey({});
  key = made.key;
  principal = made.id;
  const title = 'A key in strange hands';
  incident = (await server.admin.openIncident({ title, severity: 'high', involved: { principal } })).id;
}, SLOW);

const status = async (): Promise<number> =>
  (await post({ address: server.address, key }, '/v1/chat/completions', ask('hello'))).status;

it('a playbook says what it would do, then does it', { timeout: 4 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, check, complaints } = await visitAs(server, 'ada');
  expect(await status()).toBe(200);
  await goTo(`/incidents/${incident}`);
  await page.getByRole('button', { name: 'Run one' }).click();
  const dialog = page.getByRole('dialog');
  const run = dialog.getByRole('button', { name: 'Run it' });
  await dialog.getByRole('combobox', { name: 'Playbook' }).click();
  await page.getByRole('option', { name: /stolen/i }).click();
  expect(await run.isDisabled()).toBe(true);
  await dialog.getByRole('button', { name: 'What would it do?' }).click();
  const plan = dialog.getByRole('region', { name: 'What it would do' });
  await plan.getByText('End the key for good').waitFor();
  expect(await check()).toEqual([]);
  expect(await status()).toBe(200);
  await run.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('in force after').first().waitFor();
  expect(await status()).not.toBe(200);
  expect(await check()).toEqual([]);
  expect(complaints).toEqual([]);
});

it(
  'stricter rules for a key are one button, which says first what it covers',
  { timeout: 4 * SLOW },
  async (context) => {
    requireBrowser(context);
    const { page, goTo, check, complaints } = await visitAs(server, 'ada');
    await goTo(`/incidents/${incident}`);
    await page.getByRole('button', { name: 'Tighten' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('would have been ruled on by what is added as well').waitFor();
    expect(await check()).toEqual([]);
    await dialog.getByRole('button', { name: 'Tighten' }).click();
    await dialog.waitFor({ state: 'detached' });
    const { containments } = await server.admin.listContainments({});
    expect(containments).toContainEqual(
      expect.objectContaining({ action: 'tighten', target: { principal }, with: { policy: 'strict' } }),
    );
    expect(complaints).toEqual([]);
  },
);

it('facts start the clocks, answered once', { timeout: 4 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, check, complaints } = await visitAs(server, 'ada', { viewport: PHONE, colorScheme: 'dark' });
  await goTo(`/incidents/${incident}`);
  await page.getByRole('button', { name: 'Answer' }).click();
  const dialog = page.getByRole('dialog');
  for (const fact of ['gdpr_controller', 'personal_data_breach']) {
    await dialog.locator(`[aria-labelledby="question-${fact}"]`).getByText('Yes').click();
  }
  await dialog.locator('[aria-labelledby="question-risk_unlikely"]').getByText('No').click();
  const aware = dialog.getByLabel('When did you become aware of it?');
  await aware.fill('2026-03-01T09:30');
  await aware.locator('xpath=ancestor::div[contains(@class, "answer")]').getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Close' }).click();
  const clock = page.locator('li', { hasText: 'Art. 33' }).filter({ hasText: 'too late' });
  await clock.waitFor();
  const download = page.waitForEvent('download');
  await clock.getByRole('button', { name: 'Draft of the notice' }).click();
  expect((await download).suggestedFilename()).toMatch(/gdpr-33\.md$/);
  const { facts } = (await server.admin.getIncident({ id: incident })).incident;
  expect(facts).toMatchObject({ personal_data_breach: true, risk_unlikely: false });
  expect(facts['aware_at']).toMatch(/^2026-03-01T\d\d:30:00\.000Z$/);
  expect(await check()).toEqual([]);
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  expect(complaints).toEqual([]);
});

it('evidence from the console verifies without the server', { timeout: 4 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, complaints } = await visitAs(server, 'ada');
  await goTo(`/incidents/${incident}`);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Evidence', exact: true }).click();
  await page.getByText('each with its proof').waitFor();
  const folder = tempFolder();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'evidence.zip');
  await (await saved).saveAs(file);
  const verified = await ancile(['incident', 'verify', file], { cwd: folder });
  expect([verified.code, verified.stderr]).toEqual([0, '']);
  expect(complaints).toEqual([]);
});

it('the overview shows what is open', { timeout: 4 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, check, complaints } = await visitAs(server, 'ada');
  await goTo('/');
  await page.getByRole('link', { name: 'A key in strange hands' }).waitFor();
  await page.getByRole('link', { name: /contained now/ }).waitFor();
  await page.getByRole('figure', { name: 'Detections over time, by severity' }).waitFor();
  expect(await check()).toEqual([]);
  expect(complaints).toEqual([]);
});

// A held request, decided on a phone.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { exportPolicySet } from '../../src/policy/index.ts';
import { post } from '../harness/clients.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { joinAs } from '../harness/people.ts';
import { type TestServer, eventually, startTestServer } from '../harness/server.ts';
import { PHONE, SLOW, requireBrowser, visitAs } from './browser.ts';

const HOLD = `
@id("account.hold")
@action("hold")
@reason("an account number waits for a person")
forbid (principal, action == Action::"finding", resource)
when { context.direction == "input" && context.class == "pii" && context.score >= 500 };
`;
const body = (amount: number): object => ({
  model: 'practice-echo',
  messages: [{ role: 'user', content: `Pay ${amount} EUR to DE89370400440532013000\u200b, please` }],
});

let server: TestServer;
beforeAll(async () => {
  const folder = join(tempFolder(), 'own');
  exportPolicySet('default', folder);
  appendFileSync(join(folder, 'input.cedar'), HOLD);
  server = await startTestServer({ policy: { set: folder }, approvals: { wait: '60s' } });
  await joinAs(server, ['approver'], 'grace');
}, SLOW);

const pending = (): Promise<string> =>
  eventually(async () => (await server.admin.listApprovals({ state: 'pending' })).approvals[0]?.id, SLOW);

it('lets what was approved pass, and nothing else', { timeout: SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, check, complaints } = await visitAs(server, 'grace', { viewport: PHONE });
  await goTo('/approvals');
  await page.getByText('Nothing waits for a decision').waitFor();

  const answer = post(server, '/v1/chat/completions', body(400));
  await page.locator(`a[href$="${await pending()}"]`).click();
  await page.getByText('an account number waits for a person').waitFor();
  expect(await check()).toEqual([]);
  await page.getByRole('button', { name: 'Show text' }).click();
  const mark = page.locator('mark').first();
  await mark.waitFor();
  expect(await mark.textContent()).toContain('DE89370400440532013000');
  await page.getByTitle('U+200B zero width space').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  await page.getByLabel('Note').fill('called the customer');
  await page.getByRole('button', { name: 'Approve' }).click();
  expect((await answer).status).toBe(200);
  await page.getByText('Decided by').waitFor();

  const other = post(server, '/v1/chat/completions', body(500));
  await goTo('/approvals');
  await page.locator(`a[href$="${await pending()}"]`).click();
  await page.getByRole('button', { name: 'Deny' }).click();
  expect((await other).status).toBe(403);
  await goTo('/approvals');
  await page.getByText('denied', { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

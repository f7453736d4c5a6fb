// Models in the console: found, understood, admitted by a person, what they are made of, and who pulled what.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { POISON, type HubUpstream, safetensors, startHubUpstream } from '../harness/hub-upstream.ts';
import { joinAs } from '../harness/people.ts';
import { readReview } from '../harness/reviews.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';
import { PHONE, SLOW, requireBrowser, visitAs } from './browser.ts';

const CARD = `---
license: apache-2.0
base_model: google-bert/bert-base-uncased
datasets: [stanfordnlp/imdb]
---
# <img src=x onerror=alert(1)> Reviews

## Limitations

English only\u202e <b>and</b> short.
`;
const REPOS = {
  'org/reviews': {
    'README.md': Buffer.from(CARD),
    'config.json': Buffer.from('{"model_type":"bert"}'),
    'model.safetensors': safetensors(20_000),
  },
  'org/reviews@next': {
    'README.md': Buffer.from(CARD.replace('apache-2.0', 'mit')),
    'model.safetensors': safetensors(30_000),
  },
  'org/poisoned': { 'config.json': Buffer.from('{}'), 'pytorch_model.bin': POISON },
};

let hub: HubUpstream;
let server: TestServer;
let key: string;

async function pull(repo: string, revision: string, file: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`${server.address}/hf/${repo}/resolve/${revision}/${file}`, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

beforeAll(async () => {
  hub = await startHubUpstream(REPOS);
  server = await startTestServer({
    artifacts: { sources: { hub: { kind: 'huggingface', baseUrl: hub.url, redirects: [hub.cdn] } } },
    admission: { port: 0, onFault: 'deny' },
  });
  await joinAs(server, ['approver'], 'grace');
  await joinAs(server, ['auditor'], 'otto');
  ({ key } = await server.createKey({ artifacts: ['hub:org/*'] }));
}, SLOW);

it('shows what was pulled and refused, and lets a person admit it', { timeout: 2 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, check, complaints } = await visitAs(server, 'grace');
  const main = page.locator('main');
  await goTo('/models');
  await main.getByText('No model was pulled yet').waitFor();
  await main.getByText("--artifacts 'hub:*'").waitFor();

  expect(await pull('org/reviews', 'main', 'model.safetensors')).toBe(200);
  expect(await pull('org/reviews', 'next', 'model.safetensors')).toBe(200);
  expect(await pull('org/poisoned', 'main', 'pytorch_model.bin')).toBe(403);
  // The page hears of it by itself.
  await main.getByRole('link', { name: 'org/poisoned' }).waitFor();
  await page.getByLabel('Search models').fill('poison');
  await expect.poll(() => main.getByRole('link', { name: 'org/reviews' }).count(), { timeout: SLOW }).toBe(0);
  await page.getByLabel('Search models').fill('');
  await main.getByRole('button', { name: 'Admitted' }).click();
  await expect.poll(() => main.getByRole('link', { name: 'org/reviews' }).count(), { timeout: SLOW }).toBe(2);
  await main.getByRole('button', { name: 'Quarantined' }).click();

  await main.getByRole('link', { name: 'org/poisoned' }).click();
  await page.getByRole('heading', { level: 1, name: 'org/poisoned' }).waitFor();
  await main.getByText('malicious.block').first().waitFor();
  await main.getByText('pytorch_model.bin, byte').waitFor();
  await main.getByText('What it means').first().click();
  await main.getByText('Its files name nothing.').waitFor();
  expect(await check()).toEqual([]);

  await page.getByRole('button', { name: 'Admit' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('The scan says: malicious.').waitFor();
  expect(await dialog.getByRole('button', { name: 'Admit it all the same' }).isDisabled()).toBe(true);
  expect(await check()).toEqual([]);
  await dialog.getByLabel('Reason').fill('a sample for the class on pickles');
  await dialog.getByRole('button', { name: 'Admit it all the same' }).click();
  await main.getByRole('button', { name: 'Quarantine' }).waitFor();
  await main.getByText('a sample for the class on pickles').first().waitFor();
  // As the ledger has it, verified here.
  await page
    .getByRole('button', { name: /^Verify record/ })
    .first()
    .click();
  await main.getByText('are what the signed checkpoint states').waitFor();
  expect(await pull('org/poisoned', 'main', 'pytorch_model.bin')).toBe(200);
  expect(complaints).toEqual([]);
});

it('shows what a version is made of, as text only, and saves it', { timeout: 2 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, check, complaints } = await visitAs(server, 'otto');
  expect(await pull('org/reviews', 'main', 'model.safetensors')).toBe(200);
  expect(await pull('org/reviews', 'next', 'model.safetensors')).toBe(200);
  const main = page.locator('main');
  const id = `hub:org/reviews@${hub.commit('org/reviews')}`;
  await goTo(`/models/version?id=${encodeURIComponent(id)}`);
  await main.getByRole('link', { name: 'google-bert/bert-base-uncased' }).waitFor();
  await main.getByText('Your roles let you see this').waitFor();
  expect(await main.getByRole('button', { name: 'Retire' }).count()).toBe(0);
  await main.getByRole('link', { name: 'Bill of materials' }).click();
  await main.getByRole('meter', { name: 'Completeness' }).waitFor();
  // What the card says is shown as it is written, and what is hidden in it as well.
  await main.getByText('<b>and</b> short.').first().waitFor();
  await main.getByText('English only\\u{202e}').first().waitFor();
  expect(await main.locator('img').count()).toBe(0);
  const download = page.waitForEvent('download');
  await main.getByRole('button', { name: 'CycloneDX' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toMatch(/^org-reviews-[0-9a-f]{12}\.cdx\.json$/);
  const document = JSON.parse(readFileSync(await saved.path(), 'utf8')) as { bomFormat: string };
  expect(document.bomFormat).toBe('CycloneDX');

  await main.getByRole('combobox', { name: 'Since' }).click();
  await page.getByRole('option').first().click();
  await main.getByRole('list', { name: 'Changes' }).getByText('Apache-2.0').waitFor();
  expect(await check()).toEqual([]);
  expect(complaints).toEqual([]);
});

it('shows on a phone who pulled what, with the record', { timeout: 2 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, complaints } = await visitAs(server, 'otto', { viewport: PHONE });
  expect(await pull('org/reviews', 'main', 'config.json')).toBe(200);
  const main = page.locator('main');
  await goTo('/pulls');
  await main.getByText('config.json').first().waitFor();
  await main.getByText('Keys that pulled most').waitFor();
  await main
    .getByRole('button', { name: /all of the record/ })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('artifact.permitted').waitFor();
  await dialog.getByRole('button', { name: /^Verify record/ }).click();
  await dialog.getByText('The line hashes to the leaf.').waitFor();
  await page.keyboard.press('Escape');
  await main.getByRole('button', { name: 'fault' }).click();
  await main.getByText('No pull fits these filters').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  expect(complaints).toEqual([]);
});

it('shows what clusters asked', { timeout: 2 * SLOW }, async (context) => {
  requireBrowser(context);
  const [, admission] = /"address":"(http:[^"]+)","mode"/.exec(server.log())!;
  const headers = { 'content-type': 'application/json' };
  const body = readReview('pod-create', { 'org/clean': '<b>org/clean</b>' });
  const answer = await fetch(`${admission}/admission/kubernetes`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
  const { page, goTo, check, complaints } = await visitAs(server, 'otto');
  await goTo('/pulls');
  const asked = page.locator('main').getByRole('table', { name: /Asked by clusters/ });
  await asked.getByText('denied').first().waitFor();
  await asked.getByText('CREATE Pod').first().waitFor();
  await asked.getByText('system:serviceaccount:kube-system:replicaset-controller').first().waitFor();
  expect(await check()).toEqual([]);
  expect(complaints).toEqual([]);
});

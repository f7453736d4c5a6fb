// The story as it is lived in the console: the incident that an attacker's burst has opened, one click that stops what is new, what
// streams and what waits (the test notes how long that took), word of it elsewhere, evidence that verifies, and one that lets all go on.
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { tempFolder } from '../harness/cleanup.ts';
import { ancile, ensureBuilt } from '../harness/cli.ts';
import { ask, post } from '../harness/clients.ts';
import { joinAs } from '../harness/people.ts';
import { eventually } from '../harness/server.ts';
import { requireRsyslog } from '../harness/siem-programs.ts';
import { beginBoth, burst, expectTold, setStage } from '../harness/story.ts';
import { SLOW, requireBrowser, visitAs } from './browser.ts';

beforeAll(ensureBuilt, 300_000);

it('from the burst to going on, by hand', { timeout: 4 * SLOW }, async (context) => {
  requireBrowser(context);
  requireRsyslog(context);
  const stage = await setStage();
  const { server, upstream } = stage;
  await joinAs(server, ['admin'], 'ada');
  const status = async (): Promise<number> => (await post(server, '/v1/chat/completions', ask('hello'))).status;
  const { page, goTo, complaints } = await visitAs(server, 'ada');

  // Who looks at the list sees the incident come; nobody tells the page.
  await goTo('/incidents');
  const incident = await burst(stage);
  await page.getByRole('link', { name: incident.title }).click();
  await page.getByText('rule:injection.burst').first().waitFor();

  const { rest, waiting } = await beginBoth(stage);
  await page.getByRole('button', { name: 'Freeze everything' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/(are|is) covered/).waitFor();
  const clicked = performance.now();
  const since = (): number => Math.round(performance.now() - clicked);
  const [streamEnd, heldEnd] = await Promise.all([
    rest.then((text) => ({ text, ms: since() })),
    waiting.then((answer) => ({ status: answer.status, ms: since() })),
    dialog.getByRole('button', { name: 'Freeze everything' }).click(),
  ]);
  expect(streamEnd.text).toContain('"frozen"');
  expect(heldEnd.status).toBe(403);
  const asked = upstream.received.length;
  expect(await status()).toBe(403);
  const newEnd = since();
  expect(upstream.received).toHaveLength(asked);
  await context.annotate(
    `from the click: the stream was cut after ${streamEnd.ms} ms, the held call answered after ${heldEnd.ms} ms, a new one refused by ${newEnd} ms`,
  );

  await expectTold(stage);
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Evidence', exact: true }).click();
  const folder = tempFolder();
  const file = join(folder, 'evidence.zip');
  await (await saved).saveAs(file);
  expect(await ancile(['incident', 'verify', file], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });

  await page.getByRole('button', { name: 'Undo' }).click();
  await eventually(async () => ((await status()) === 200 ? true : undefined));
  expect(complaints).toEqual([]);
});

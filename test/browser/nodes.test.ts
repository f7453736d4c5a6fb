// What comes in from elsewhere, in the console: a node that was put back and then signs two histories, and a log with a bad
// line in it; who may lets the node go on, after reading what that means.
import { copyFileSync, cpSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { bedrock } from '../../src/codec/testing/log-lines.ts';
import type { NodeView } from '../../src/contract/index.ts';
import { openKeys } from '../../src/keys/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { LedgerFolder, opened } from '../ledger-fixture.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { forwardTo, openNode } from '../harness/nodes.ts';
import { joinAs } from '../harness/people.ts';
import { type TestServer, eventually, startTestServer } from '../harness/server.ts';
import { DESKTOP, PHONE, SLOW, requireBrowser, visitAs } from './browser.ts';

let centre: TestServer;
/** The same key over another history. */
let rewritten: Ledger;

const nodeOf = async (): Promise<NodeView> =>
  (await centre.admin.listNodes({})).nodes.find(({ name }) => name === 'edge')!;
const reaches = (state: NodeView['state']) =>
  eventually(async () => ((await nodeOf()).state === state ? true : undefined));

async function record(ledger: Ledger, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) await ledger.append(opened(`ex_${i}`, { inputDigest: String(to).padEnd(64, '0') }));
}

beforeAll(async () => {
  const [node, idle] = [await openNode(), await openNode()];
  await record(node.ledger, 0, 20);
  const dir = tempFolder();
  copyFileSync(node.keyFile, join(dir, 'edge.pem'));
  copyFileSync(idle.keyFile, join(dir, 'idle.pem'));
  const logs = join(dir, 'logs');
  mkdirSync(logs);
  const call = JSON.stringify(bedrock('r1', 'My card is 4111 1111 1111 1111'));
  writeFileSync(join(logs, 'a.jsonl'), `${call}\nno json\n`);
  const source = { kind: 'files', format: 'bedrock', interval: '200ms' };
  centre = await startTestServer(
    {
      nodes: { enrolled: { edge: { key: 'edge.pem' }, idle: { key: 'idle.pem' } } },
      imports: { aws: { ...source, path: 'logs' }, gone: { ...source, path: 'nowhere' } },
    },
    { dir },
  );
  await joinAs(centre, ['admin'], 'ada');
  await joinAs(centre, ['auditor'], 'otto');
  const run = forwardTo(centre, node);
  await eventually(async () => ((await nodeOf()).next === 20 ? true : undefined));
  await run.close();
  const twin = new LedgerFolder();
  cpSync(join(node.folder.dataDir, 'keys'), join(twin.dataDir, 'keys'), { recursive: true });
  rewritten = await twin.open({ segmentSize: 16 });
  await record(rewritten, 0, 10);
  forwardTo(centre, { ledger: rewritten, keys: openKeys(twin.dataDir) });
  await reaches('rewound');
}, SLOW);

const WAYS = (['light', 'dark'] as const).flatMap((colorScheme) => [
  { colorScheme, viewport: DESKTOP },
  { colorScheme, viewport: PHONE },
]);

it.for(WAYS)(
  'says how far nodes and logs are and what is wrong, $colorScheme, $viewport.width wide',
  { timeout: 2 * SLOW },
  async (way, context) => {
    requireBrowser(context);
    const { page, goTo, check, complaints } = await visitAs(centre, 'ada', way);
    await goTo('/nodes');
    const item = (name: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
    await item('edge').getByText('It has fewer records than it had').waitFor();
    await item('edge').getByText('none', { exact: true }).waitFor();
    await item('idle').getByText('not since the start of this server').waitFor();
    await item('aws').getByText('1 new, 0 known').waitFor();
    await item('aws').getByText('Not on record: 1 line').waitFor();
    await item('aws').getByRole('cell', { name: 'a.jsonl' }).waitFor();
    await item('gone').getByText('ENOENT').waitFor();
    expect(await check()).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await item('edge').getByRole('button', { name: 'Accept' }).click();
    await page.getByRole('dialog').getByText('taken as another run of it').waitFor();
    expect(await check()).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect((await nodeOf()).state).toBe('rewound');
    expect(complaints).toEqual([]);
  },
);

it('who may not accept sees what is wrong, and no button', { timeout: 2 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo } = await visitAs(centre, 'otto');
  await goTo('/nodes');
  await page.getByText('It has fewer records than it had').waitFor();
  expect(await page.getByRole('button', { name: 'Accept' }).count()).toBe(0);
});

it('a fork is stopped until somebody accepts it, and then goes on', { timeout: 2 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo, complaints } = await visitAs(centre, 'ada');
  await goTo('/nodes');
  await record(rewritten, 10, 30);
  await page.getByText('It signed a history that contradicts').waitFor();
  await page.getByRole('button', { name: 'Accept' }).click();
  const dialog = page.getByRole('dialog', { name: 'Let edge go on?' });
  await dialog.getByText('somebody else has the key').waitFor();
  await dialog.getByRole('button', { name: 'Accept' }).click();
  await dialog.waitFor({ state: 'detached' });
  await eventually(async () => ((await nodeOf()).next === 30 ? true : undefined));
  await page.getByText('It signed a history that contradicts').waitFor({ state: 'detached' });
  expect(await nodeOf()).toMatchObject({ state: 'open', missing: 0 });
  const [change] = await centre.records({ kind: 'node.stream' }).then((all) => all.slice(-1));
  expect(change).toMatchObject({ event: 'accepted', actor: 'ada' });
  expect(complaints).toEqual([]);
});

it('a log that comes back is read on by itself', { timeout: 2 * SLOW }, async (context) => {
  requireBrowser(context);
  const { page, goTo } = await visitAs(centre, 'ada');
  await goTo('/nodes');
  await page.getByText('The last look at it did not come to its end').waitFor();
  renameSync(join(centre.dir, 'logs'), join(centre.dir, 'nowhere'));
  mkdirSync(join(centre.dir, 'logs'));
  await page.getByText('0 new, 1 known').waitFor();
  await page.getByText('The last look at it did not come to its end').waitFor({ state: 'detached' });
});

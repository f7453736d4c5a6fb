// A webhook's receiver that says 410 Gone is sent nothing more: that is on record, its event is kept, and who looks is told.
import { expect, it } from 'vitest';
import { startWebhookReceiver } from '../harness/receivers.ts';
import { eventually, startTestServer } from '../harness/server.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

it('stops at 410, and goes on when the configuration is loaded again', { timeout: 60_000 }, async () => {
  const receiver = await startWebhookReceiver(SECRET);
  process.env['GONE_SECRET'] = SECRET;
  const server = await startTestServer({
    export: { sinks: { hook: { kind: 'webhook', url: `${receiver.url}/hook`, secret: { env: 'GONE_SECRET' } } } },
  });
  const view = async () => (await server.admin.listSinks({})).sinks.find(({ name }) => name === 'hook')!;
  await eventually(async () => ((await view()).state === 'current' ? true : undefined));

  receiver.meddle(() => ({ status: 410 }));
  await server.createKey({});
  await eventually(async () => ((await view()).state === 'gone' ? true : undefined));
  const asked = receiver.requests.length;
  expect(await view()).toMatchObject({ lastError: { message: 'status 410, gone' } });
  expect((await view()).deadLetters).toBeGreaterThan(0);
  const { letters } = await server.admin.listDeadLetters({ name: 'hook' });
  expect(letters[0]).toMatchObject({ reason: 'status 410, gone', replayable: true });
  const [record] = (await server.records({ kind: 'admin.change' })).filter(
    (each) => each.kind === 'admin.change' && each.action === 'export.gone',
  );
  expect(record).toMatchObject({ target: 'hook', actor: 'program', detail: 'status 410, gone' });

  // Whatever happens then, it is left alone.
  await server.createKey({});
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(receiver.requests.length).toBe(asked);
  expect((await view()).lag.records).toBeGreaterThan(0);

  receiver.meddle(undefined);
  await server.admin.reloadConfig({});
  await eventually(async () => ((await view()).state === 'current' ? true : undefined));
  expect(receiver.wrong).toEqual([]);
});

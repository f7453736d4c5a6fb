// NATS JetStream, the real server: acknowledged by the stream, copies known by their id, killed in between.
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, it } from 'vitest';
import { ExportEvent } from '../../src/contract/index.ts';
import { openTestExporter, sinkOf } from '../harness/exporter.ts';
import { type NatsServer, requireNats, startNats } from '../harness/siem-programs.ts';
import { eventually } from '../harness/server.ts';

const TOKEN = 'secret-token';

/** A stream for the sink's subject that keeps what it has on disk. */
async function makeStream(nats: NatsServer): Promise<void> {
  const connection = await connect({ servers: nats.url, token: TOKEN });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'EVENTS', subjects: ['ancile.>'], storage: 'file' });
  await connection.close();
}

async function readStream(nats: NatsServer): Promise<ExportEvent[]> {
  const connection = await connect({ servers: nats.url, token: TOKEN });
  const manager = await jetstreamManager(connection);
  const { state } = await manager.streams.info('EVENTS');
  const consumer = await jetstream(connection).consumers.get('EVENTS');
  const events: ExportEvent[] = [];
  if (state.messages > 0) {
    for await (const message of await consumer.consume()) {
      events.push(ExportEvent.parse(message.json()));
      if (events.length === state.messages) break;
    }
  }
  await connection.close();
  return events;
}

it('each event is in the stream once, though the server is killed while it is sent to', async (context) => {
  requireNats(context);
  const nats = await startNats(TOKEN);
  await makeStream(nats);
  const sink = sinkOf('s', { kind: 'nats', servers: [nats.url], token: { env: 'T' } }, { secret: TOKEN });
  const test = await openTestExporter([sink]);
  await test.append(600);
  await eventually(() => (test.view('s').delivered > 0 ? true : undefined));
  await nats.kill();
  await test.append(100);
  await eventually(() => (test.view('s').state === 'retrying' ? true : undefined));
  await nats.start();
  await test.current('s');
  const events = await readStream(nats);
  const ids = await test.ids();
  const got = new Set(events.map(({ id }) => id));
  expect(ids.filter((id) => !got.has(id))).toEqual([]);
  // Copies within the stream's window are kept once.
  expect(events.length).toBe(ids.length);
  await test.close();
});

it('a subject that no stream takes, and a token that is not right, are waited for', async (context) => {
  requireNats(context);
  const nats = await startNats(TOKEN);
  await makeStream(nats);
  const config = { kind: 'nats' as const, servers: [nats.url], token: { env: 'T' } };
  const test = await openTestExporter([
    sinkOf('elsewhere', { ...config, subject: 'other.place', timeout: '1s' }, { secret: TOKEN }),
    sinkOf('stranger', config, { secret: 'wrong' }),
  ]);
  await test.append(2);
  await eventually(
    () => (test.view('elsewhere').retries > 1 && test.view('stranger').retries > 1 ? true : undefined),
    20_000,
  );
  for (const name of ['elsewhere', 'stranger']) expect(test.view(name)).toMatchObject({ cursor: 0, deadLetters: 0 });
  expect(JSON.stringify(test.exporter.figures())).not.toMatch(/wrong|secret-token/);
  await test.close();
});

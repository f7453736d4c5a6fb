// Every sink that speaks HTTP against a receiver that takes only what conforms: all events arrive, none is made up, whatever
// the receiver does in between.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SinkSettings } from '../../src/export/index.ts';
import { openTestExporter, sinkOf } from '../harness/exporter.ts';
import {
  type Receiver,
  startElasticReceiver,
  startOcsfReceiver,
  startOtlpReceiver,
  startPagerDutyReceiver,
  startSlackReceiver,
  startSplunkReceiver,
  startWebhookReceiver,
} from '../harness/receivers.ts';
import { eventually } from '../harness/server.ts';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
/** For those that are told of high severities only: here of all. */
const filter = { severity: 'info' } as const;

const STARTS: Readonly<Record<string, () => Promise<{ receiver: Receiver; sink: SinkSettings }>>> = {
  'OCSF, an array': async () => {
    const receiver = await startOcsfReceiver();
    return { receiver, sink: sinkOf('s', { kind: 'ocsf', url: `${receiver.url}/in?tenant=1` }) };
  },
  'OCSF, lines': async () => {
    const receiver = await startOcsfReceiver();
    return { receiver, sink: sinkOf('s', { kind: 'ocsf', url: receiver.url, framing: 'lines' }) };
  },
  Splunk: async () => {
    const { receiver } = await startSplunkReceiver('token', (asked) => asked > 1);
    const config = { kind: 'splunk', url: receiver.url, token: { env: 'T' } } as const;
    return { receiver, sink: sinkOf('s', config, { secret: 'token' }) };
  },
  Elastic: async () => {
    const { receiver } = await startElasticReceiver();
    return { receiver, sink: sinkOf('s', { kind: 'elastic', url: receiver.url }) };
  },
  OTLP: async () => {
    const receiver = await startOtlpReceiver();
    return { receiver, sink: sinkOf('s', { kind: 'otlp', url: receiver.url }) };
  },
  'a webhook': async () => {
    const receiver = await startWebhookReceiver(SECRET);
    const config = { kind: 'webhook', url: `${receiver.url}/hook`, secret: { env: 'T' } } as const;
    return { receiver, sink: sinkOf('s', config, { secret: SECRET }) };
  },
  Slack: async () => {
    const receiver = await startSlackReceiver('/services/T/B/x');
    const config = { kind: 'slack', url: { env: 'T' }, filter } as const;
    return { receiver, sink: sinkOf('s', config, { secret: `${receiver.url}/services/T/B/x` }) };
  },
  PagerDuty: async () => {
    const { receiver } = await startPagerDutyReceiver('routing');
    const config = { kind: 'pagerduty', url: receiver.url, routingKey: { env: 'T' }, filter } as const;
    return { receiver, sink: sinkOf('s', config, { secret: 'routing' }) };
  },
};

const settled = (receiver: Receiver, ids: readonly string[]) =>
  eventually(() => (ids.every((id) => receiver.ids.includes(id)) ? true : undefined), 20_000);

describe.each(Object.entries(STARTS))('%s', (_, start) => {
  it('has every event of a receiver that is well, once', async () => {
    const { receiver, sink } = await start();
    const test = await openTestExporter([sink]);
    await test.append(150);
    await test.current('s');
    const ids = await test.ids();
    expect(receiver.wrong).toEqual([]);
    expect([...receiver.ids].sort()).toEqual([...ids].sort());
    expect(test.view('s')).toMatchObject({
      state: 'current',
      deadLetters: 0,
      lag: { records: 0, seconds: 0 },
      delivered: 150,
    });
    expect(await test.exporter.test('s')).toMatchObject({ accepted: true });
    await test.close();
  });

  it('has every event though the receiver ends, fails, and loses its own answers', async () => {
    const { receiver, sink } = await start();
    const test = await openTestExporter([sink]);
    await test.append(60);
    await eventually(() => (receiver.requests.length > 0 ? true : undefined));
    await receiver.stop();
    await test.append(60);
    await eventually(() => (test.view('s').state === 'retrying' ? true : undefined));
    expect(test.view('s').lag.records).toBeGreaterThanOrEqual(60);
    expect((await test.exporter.test('s')).accepted).toBe(false);
    let fault = 0;
    // What it answers with for a while, and then: it has taken what came, and nobody hears so.
    receiver.meddle(
      () => [{ status: 503, headers: { 'retry-after': '0' } }, { status: 429 }, { status: 200, hangUp: true }][fault++],
    );
    await receiver.start();
    await test.append(30);
    const ids = await test.ids();
    await settled(receiver, ids);
    await test.current('s');
    expect(receiver.wrong).toEqual([]);
    const strangers = receiver.ids.filter((id) => !ids.includes(id));
    expect(strangers).toEqual([]);
    expect(fault).toBeGreaterThanOrEqual(3);
    expect(test.view('s').deadLetters).toBe(0);
    expect(test.view('s').retries).toBeGreaterThan(0);
    await test.close();
  });

  it('waits, and gives nothing up, where its credentials are not right', async () => {
    const { receiver, sink } = await start();
    receiver.meddle(() => ({ status: 401, body: 'who are you' }));
    const test = await openTestExporter([sink]);
    await test.append(5);
    await eventually(() => (test.view('s').retries > 2 ? true : undefined));
    expect(test.view('s')).toMatchObject({ state: 'retrying', cursor: 0, deadLetters: 0, delivered: 0 });
    expect(test.view('s').lastError?.message).toMatch(/401/);
    expect(JSON.stringify(test.view('s'))).not.toContain(SECRET);
    receiver.meddle(undefined);
    await settled(receiver, await test.ids());
    await test.close();
  });
});

describe('an event that is refused', () => {
  it('is found within its batch, put aside, listed, and replayed', async () => {
    const receiver = await startOcsfReceiver();
    const test = await openTestExporter([]);
    await test.append(40);
    const ids = await test.ids();
    const poison = [ids[7]!, ids[29]!];
    receiver.meddle(({ body }) => (poison.some((id) => body.includes(id)) ? { status: 400 } : undefined));
    await test.exporter.apply([sinkOf('s', { kind: 'ocsf', url: receiver.url })]);
    await test.current('s');
    expect([...receiver.ids].sort()).toEqual(ids.filter((id) => !poison.includes(id)).sort());
    const { total, letters } = await test.exporter.deadLetters('s', { after: -1, limit: 10 });
    expect(total).toBe(2);
    expect(letters.map(({ seq, replayable }) => ({ seq, replayable }))).toEqual([
      { seq: 7, replayable: true },
      { seq: 29, replayable: true },
    ]);
    expect(letters[0]!.reason).toBe('status 400');
    expect(await test.exporter.replay('s', [7])).toEqual({ delivered: 0, refused: 1, gone: 0, left: 2 });
    receiver.meddle(undefined);
    expect(await test.exporter.replay('s')).toEqual({ delivered: 2, refused: 0, gone: 0, left: 0 });
    expect(test.view('s').deadLetters).toBe(0);
    expect([...receiver.ids].sort()).toEqual([...ids].sort());
    await test.close();
  });

  it('is known by its own answer of the bulk API; what is busy is tried again', async () => {
    const tries = new Map<string, number>();
    let refused = '';
    let busy = '';
    let stubborn = '';
    const { receiver, documents } = await startElasticReceiver((id) => {
      const count = (tries.get(id) ?? 0) + 1;
      tries.set(id, count);
      if (id === refused) return 400;
      if (id === stubborn) return 503;
      return id === busy && count < 4 ? 429 : 201;
    });
    const test = await openTestExporter([]);
    await test.append(30);
    const ids = await test.ids();
    [refused, busy, stubborn] = [ids[3]!, ids[4]!, ids[5]!];
    await test.exporter.apply([sinkOf('s', { kind: 'elastic', url: receiver.url })]);
    await test.current('s');
    expect(documents.size).toBe(28);
    expect(documents.has(busy)).toBe(true);
    expect([tries.get(busy), tries.get(ids[6]!)]).toEqual([4, 1]);
    const { letters } = await test.exporter.deadLetters('s', { after: -1, limit: 10 });
    expect(letters.map(({ seq }) => seq)).toEqual([3, 5]);
    expect(letters[0]!.reason).toMatch(/400 document_parsing_exception/);
    // It fails while others are taken: that is not the receiver's being gone.
    expect(letters[1]!.attempts).toBe(12);
    expect(receiver.wrong).toEqual([]);
    await test.close();
  });

  it('is found though OTLP says only how many there are', async () => {
    const bad = new Set<string>();
    const receiver = await startOtlpReceiver((id) => bad.has(id));
    const test = await openTestExporter([]);
    await test.append(50);
    const ids = await test.ids();
    bad.add(ids[11]!);
    await test.exporter.apply([sinkOf('s', { kind: 'otlp', url: `${receiver.url}/v1/logs` })]);
    await test.current('s');
    expect(ids.filter((id) => !receiver.ids.includes(id))).toEqual([ids[11]]);
    expect((await test.exporter.deadLetters('s', { after: -1, limit: 10 })).letters.map(({ seq }) => seq)).toEqual([
      11,
    ]);
    await test.close();
  });
});

describe('Splunk', () => {
  it('has not an event until it is indexed', async () => {
    let open = false;
    const { receiver, indexed } = await startSplunkReceiver('token', () => open);
    const config = { kind: 'splunk', url: receiver.url, token: { env: 'T' } } as const;
    const test = await openTestExporter([sinkOf('s', config, { secret: 'token' })]);
    await test.append(20);
    await eventually(() => (receiver.ids.length === 20 ? true : undefined));
    expect([test.view('s').cursor, test.view('s').delivered, indexed.length]).toEqual([0, 0, 0]);
    open = true;
    await test.current('s');
    expect([...indexed].sort()).toEqual((await test.ids()).sort());
    await test.close();
  });

  it('says what to do where the token has no acknowledgement', async () => {
    const { receiver } = await startSplunkReceiver('token');
    receiver.meddle(() => ({ status: 200, body: { text: 'Success', code: 0 } }));
    const config = { kind: 'splunk', url: receiver.url, token: { env: 'T' } } as const;
    const test = await openTestExporter([sinkOf('s', config, { secret: 'token' })]);
    await test.append(1);
    await eventually(() => test.view('s').lastError);
    expect(test.view('s').lastError!.message).toMatch(/indexer acknowledgement/);
    await test.exporter.apply([sinkOf('s', { ...config, acknowledge: false }, { secret: 'token' })]);
    await test.current('s');
    await test.close();
  });

  it('names the event that is wrong: that one is put aside, the others are sent again', async () => {
    const { receiver } = await startSplunkReceiver('token');
    const test = await openTestExporter([]);
    await test.append(10);
    const [bad] = (await test.ids()).slice(4);
    receiver.meddle(({ path, body }) => {
      const at = body.split('\n').findIndex((line) => line.includes(`"id":"${bad}"`));
      if (!path.endsWith('/event') || at === -1) return undefined;
      return { status: 400, body: { text: 'Invalid data format', code: 6, 'invalid-event-number': at } };
    });
    const config = { kind: 'splunk', url: receiver.url, token: { env: 'T' } } as const;
    await test.exporter.apply([sinkOf('s', config, { secret: 'token' })]);
    await test.current('s');
    expect(receiver.ids.length).toBe(9);
    expect((await test.exporter.deadLetters('s', { after: -1, limit: 9 })).letters.map(({ seq }) => seq)).toEqual([4]);
    await test.close();
  });
});

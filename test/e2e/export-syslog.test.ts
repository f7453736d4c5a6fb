// Syslog into the real thing: rsyslogd over TCP, TLS and UDP, killed while it is sent to.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readCef, readSyslog } from '../../src/export/testing/text-forms.ts';
import { openTestExporter, sinkOf } from '../harness/exporter.ts';
import { eventually } from '../harness/server.ts';
import { requireRsyslog, startRsyslog } from '../harness/siem-programs.ts';

const idOf = (line: string): string => readSyslog(line).data.get('ancile@32473')!.get('id')!;

it.for(['cef', 'json', 'ocsf'] as const)('rsyslogd has each message over TCP, as %s', async (format, context) => {
  requireRsyslog(context);
  const rsyslog = await startRsyslog('tcp');
  const test = await openTestExporter([
    sinkOf('s', { kind: 'syslog', transport: 'tcp', host: '127.0.0.1', port: rsyslog.port, format }),
  ]);
  await test.append(1200);
  await test.current('s');
  const lines = rsyslog.lines();
  expect(lines.map(idOf)).toEqual(await test.ids());
  for (const line of lines) {
    const { text, priority, app } = readSyslog(line);
    expect([app, priority >> 3]).toEqual(['ancile', 13]);
    if (format === 'cef') expect(readCef(text).extension.get('externalId')).toBe(idOf(line));
    else expect(JSON.parse(text)).toBeTypeOf('object');
  }
  expect(await test.exporter.test('s')).toMatchObject({ accepted: true });
  await test.close();
});

it('nothing is lost where rsyslogd is killed again and again while it is sent to', async (context) => {
  requireRsyslog(context);
  const rsyslog = await startRsyslog('tcp');
  const test = await openTestExporter([
    sinkOf('s', { kind: 'syslog', transport: 'tcp', host: '127.0.0.1', port: rsyslog.port, format: 'json' }),
  ]);
  for (let round = 0; round < 6; round++) {
    const before = rsyslog.lines().length;
    await test.append(2000);
    // Somewhere in the middle of it.
    await eventually(() => (rsyslog.lines().length > before + round * 60 ? true : undefined));
    if (round % 2 === 0) {
      // Its system takes what it will never read.
      rsyslog.freeze();
      await test.append(50);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await rsyslog.kill();
    await test.append(50);
    await rsyslog.start();
  }
  await test.current('s');
  const ids = await test.ids();
  const got = rsyslog.lines().flatMap((line) => {
    try {
      return [idOf(line)];
    } catch {
      // A line that the killed program did not finish.
      return [];
    }
  });
  const has = new Set(got);
  expect(ids.filter((id) => !has.has(id))).toEqual([]);
  const known = new Set(ids);
  expect(got.filter((id) => !known.has(id))).toEqual([]);
  expect(test.view('s').deadLetters).toBe(0);
  await test.close();
});

it('over TLS the certificate is verified, against the authority that is configured and no other', async (context) => {
  requireRsyslog(context, true);
  const rsyslog = await startRsyslog('tls');
  const config = { kind: 'syslog', transport: 'tls', port: rsyslog.port, format: 'json' } as const;
  const ca = readFileSync(rsyslog.ca!, 'utf8');
  const own = { cert: readFileSync(rsyslog.client!.cert, 'utf8'), key: readFileSync(rsyslog.client!.key, 'utf8') };
  const test = await openTestExporter([
    sinkOf('right', { ...config, host: 'localhost' }, { ca, ...own }),
    sinkOf('address', { ...config, host: '127.0.0.1' }, { ca, ...own }),
    sinkOf('unknown', { ...config, host: 'localhost' }, own),
    sinkOf('name', { ...config, host: '127.0.0.2' }, { ca, ...own }),
  ]);
  await test.append(600);
  await test.current('right');
  await test.current('address');
  await eventually(() => (test.view('unknown').retries > 1 && test.view('name').retries > 1 ? true : undefined));
  expect([test.view('unknown').cursor, test.view('name').cursor]).toEqual([0, 0]);
  expect(test.view('unknown').lastError?.message).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED|UNABLE_TO_GET/);
  const ids = await test.ids();
  expect(rsyslog.lines().map(idOf).sort()).toEqual([...ids, ...ids].sort());
  await test.close();
});

it('over UDP what the loopback carries arrives', async (context) => {
  requireRsyslog(context);
  const rsyslog = await startRsyslog('udp');
  const test = await openTestExporter([
    sinkOf('s', { kind: 'syslog', transport: 'udp', host: '127.0.0.1', port: rsyslog.port, maxBytes: 2048 }),
  ]);
  await test.append(40);
  await test.current('s');
  const ids = await test.ids();
  const lines = await eventually(() => (rsyslog.lines().length >= ids.length ? rsyslog.lines() : undefined));
  expect(lines.map(idOf)).toEqual(ids);
  await test.close();
});

it('where nothing listens, it is tried again, with ever longer pauses, and can be stopped at once', async () => {
  const test = await openTestExporter([
    sinkOf('s', { kind: 'syslog', transport: 'tcp', host: '127.0.0.1', port: 1, retryMost: '60s' }),
  ]);
  await test.append(3);
  await eventually(() => (test.view('s').retries > 1 ? true : undefined), 20_000);
  expect(test.view('s').lastError?.message).toMatch(/ECONNREFUSED/);
  expect(test.faults.length).toBe(1);
  await test.close();
});

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { atEnd } from '../../test/harness/cleanup.ts';
import { startRawUpstream, startUpstream } from '../../test/harness/upstream.ts';
import type { AncileError } from '../base/index.ts';
import { type Flight, type Outlet, createOutlet } from './outlet.ts';

function outletTo(baseUrl: string): Outlet {
  const outlet = createOutlet({
    baseUrl,
    connections: 1,
    connectTimeout: 500,
    headersTimeout: 500,
    idleTimeout: 5000,
  });
  atEnd(() => outlet.close());
  return outlet;
}

interface Heard {
  readonly flight: Flight;
  status?: number;
  data: number;
  ended: boolean;
  error?: AncileError;
}

function send(outlet: Outlet, headers: Record<string, string> = {}): Heard {
  const heard: Omit<Heard, 'flight'> & { flight?: Flight } = { data: 0, ended: false };
  heard.flight = outlet.send(
    { method: 'POST', path: '/x', headers, body: '{}' },
    {
      head: (status) => (heard.status = status),
      data: (chunk) => (heard.data += chunk.length),
      end: () => (heard.ended = true),
      fail: (error) => (heard.error = error),
    },
  );
  return heard as Heard;
}

it('reads a little rest away, so that the connection serves again, and tells nobody of it', async () => {
  const ports = new Set<number | undefined>();
  const upstream = await startUpstream(async (response) => {
    ports.add(response.socket?.remotePort);
    response.writeHead(429, { 'content-type': 'text/plain' });
    response.write('x');
    await sleep(150);
    response.end('y'.repeat(1000));
  });
  const outlet = outletTo(upstream.url);
  for (let i = 0; i < 3; i++) {
    const heard = send(outlet);
    await vi.waitFor(() => expect(heard.status).toBe(429));
    heard.flight.release();
    const before = heard.data;
    await sleep(250);
    expect(heard).toMatchObject({ data: before, ended: false });
    expect(heard.error).toBeUndefined();
  }
  expect(ports.size).toBe(1);
});

it('ends what goes on after it was released', async () => {
  let closed = 0;
  const upstream = await startUpstream(async (response) => {
    response.on('close', () => closed++);
    response.writeHead(200, { 'content-type': 'text/plain' });
    while (!response.destroyed) {
      response.write('z'.repeat(16_384));
      await sleep(1);
    }
  });
  const heard = send(outletTo(upstream.url));
  await vi.waitFor(() => expect(heard.status).toBe(200));
  heard.flight.release();
  await vi.waitFor(() => expect(closed).toBe(1));
});

it('says whether a request has left', async () => {
  const hole = await startRawUpstream(() => undefined);
  const outlet = outletTo(hole.url);
  const [first, queued] = [send(outlet), send(outlet)];
  await vi.waitFor(() => expect(first.flight.sent).toBe(true));
  expect(queued.flight.sent).toBe(false);
  queued.flight.abort();
  await vi.waitFor(() => expect(first.error?.code).toBe('upstream_timeout'));
  expect(queued.error).toBeUndefined();
});

it.each([
  ['nobody listens', 'http://127.0.0.1:9/v1'],
  ['the name is none', 'http://nobody.invalid/v1'],
])('tells where %s that nothing was sent, and no address', async (_, url) => {
  const heard = send(outletTo(url));
  await vi.waitFor(() => expect(heard.error?.code).toBe('upstream_unreachable'));
  expect(heard.flight.sent).toBe(false);
  expect(heard.error!.message).not.toMatch(/127|invalid/);
});

it('takes TLS that fails for an upstream that is not there', async () => {
  const plain = await startUpstream((response) => response.end());
  const heard = send(outletTo(plain.url.replace('http:', 'https:')));
  await vi.waitFor(() => expect(heard.error?.code).toBe('upstream_unreachable'));
});

it('does not blame the upstream for a request that cannot be sent', async () => {
  const upstream = await startUpstream((response) => response.end());
  const heard = send(outletTo(upstream.url), { 'x-odd': 'a\nb' });
  await vi.waitFor(() => expect(heard.error?.code).toBe('internal'));
  expect(upstream.received).toHaveLength(0);
});

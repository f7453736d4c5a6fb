// Asking with continuity, against real servers on loopback that fail in every way they can.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { atEnd } from '../../../test/harness/cleanup.ts';
import { type TestUpstream, sendJson, startRawUpstream, startUpstream } from '../../../test/harness/upstream.ts';
import { AncileError, systemClock } from '../../base/index.ts';
import { openaiChat } from '../../codec/index.ts';
import type { Attempt, Config } from '../../contract/index.ts';
import type { Flight } from '../../net/index.ts';
import { type AskOptions, askUpstreams, prepareFirst } from './ask.ts';
import { type PlannedTarget, planTargets } from './plan.ts';
import { createRoster } from './roster.ts';
import { type TestDoorOptions, makeDoor } from './testing/doors.ts';

const RETRIES: Config['retries'] = { perTarget: 1, backoff: 5, maxBackoff: 100, deadline: 3000 };

/** A plan over these addresses, in this order; the upstreams are named `u0`, `u1`... */
function planOf(urls: readonly string[], door: TestDoorOptions = {}, failures = 100): readonly PlannedTarget[] {
  const doors = urls.map((url, i) => makeDoor(`u${i}`, url, door));
  atEnd(() => Promise.all(doors.map(({ outlet }) => outlet.close())));
  const roster = createRoster(doors, { breaker: { failures, cooldown: 200 }, clock: systemClock });
  const fallbacks = urls.slice(1).map((_, i) => ({ upstream: `u${i + 1}` }));
  return planTargets({ upstream: 'u0', fallbacks }, roster, openaiChat, 'm', 'label');
}

interface Outcome {
  readonly status?: number;
  readonly text?: string;
  readonly error?: AncileError;
  readonly attempts: Attempt[];
  /** For each asking, whether it is certain to have cost nothing. */
  readonly free: boolean[];
}

interface Asked {
  readonly flight: Flight;
  readonly done: Promise<Outcome>;
  readonly attempts: Attempt[];
  readonly free: boolean[];
}

function ask(plan: readonly PlannedTarget[], more: Partial<AskOptions> = {}): Asked {
  const attempts: Attempt[] = [];
  const free: boolean[] = [];
  let flight: Flight | undefined;
  const done = new Promise<Outcome>((resolve) => {
    let status: number | undefined;
    let text = '';
    flight = askUpstreams(
      {
        plan,
        ask: { surface: openaiChat, body: { model: 'm', messages: [] }, stream: false, headers: {} },
        why: 'first',
        repeatable: true,
        retries: RETRIES,
        answerTimeout: 5000,
        clock: systemClock,
        observer: {
          asking: () => undefined,
          asked(attempt, isFree) {
            attempts.push(attempt);
            free.push(isFree);
          },
        },
        ...more,
      },
      {
        head: (code) => (status = code),
        data: (chunk) => (text += chunk.toString()),
        end: () => resolve({ status: status!, text, attempts, free }),
        fail: (error) => resolve({ ...(status === undefined ? {} : { status }), text, error, attempts, free }),
      },
    );
  });
  return { flight: flight!, done, attempts, free };
}

const fine = (): Promise<TestUpstream> => startUpstream((response) => sendJson(response, { fine: true }));
/** Answers these statuses in turn, then 200. */
function inTurn(statuses: readonly number[], headers: Record<string, string> = {}): Promise<TestUpstream> {
  let n = 0;
  return startUpstream((response) => {
    const status = statuses[n++] ?? 200;
    if (status !== 200) for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    sendJson(response, { n }, status);
  });
}
const told = ({ attempts }: Pick<Outcome, 'attempts'>): unknown[] =>
  attempts.map(({ upstream, why, status, reason }) => `${upstream} ${why} ${status ?? reason}`);

it('asks once where the answer is fine', async () => {
  const upstream = await fine();
  const outcome = await ask(planOf([upstream.url])).done;
  expect(outcome).toMatchObject({ status: 200, text: '{"fine":true}', free: [false] });
  expect(told(outcome)).toEqual(['u0 first 200']);
  expect(upstream.received).toHaveLength(1);
});

it.each([408, 409, 429, 500, 502, 503, 529])('asks again after a %s', async (status) => {
  const upstream = await inTurn([status]);
  const outcome = await ask(planOf([upstream.url])).done;
  expect(outcome).toMatchObject({ status: 200, free: [true, false] });
  expect(told(outcome)).toEqual([`u0 first ${status}`, 'u0 retry 200']);
});

it.each([400, 404, 413, 422])('hands a %s on as it is', async (status) => {
  const [upstream, other] = [await inTurn([status, status]), await fine()];
  const outcome = await ask(planOf([upstream.url, other.url])).done;
  expect(outcome).toMatchObject({ status, attempts: [{ status }], free: [true] });
  expect(other.received).toHaveLength(0);
});

it.each([301, 401, 402, 403])('does not ask twice after a %s, but asks the next', async (status) => {
  const [upstream, other] = [await inTurn([status, status]), await fine()];
  expect(told(await ask(planOf([upstream.url, other.url])).done)).toEqual([`u0 first ${status}`, 'u1 fallback 200']);
  expect((await ask(planOf([(await inTurn([status, status])).url])).done).status).toBe(status);
});

it('hands the last error on when everything has failed', async () => {
  const urls = [(await inTurn([500, 500])).url, (await inTurn([429, 503])).url];
  const outcome = await ask(planOf(urls)).done;
  expect(outcome).toMatchObject({ status: 503, text: '{"n":2}' });
  expect(told(outcome)).toEqual(['u0 first 500', 'u0 retry 500', 'u1 fallback 429', 'u1 retry 503']);
});

it('waits as long as the upstream asks, and passes over one that asks for too long', async () => {
  const short = await inTurn([429], { 'retry-after-ms': '80' });
  const begun = performance.now();
  expect((await ask(planOf([short.url])).done).status).toBe(200);
  expect(performance.now() - begun).toBeGreaterThan(75);
  const long = await inTurn([429, 429], { 'retry-after': '60' });
  const other = await fine();
  expect(told(await ask(planOf([long.url, other.url])).done)).toEqual(['u0 first 429', 'u1 fallback 200']);
  // With nobody else to ask, the client is told; the header is passed on by whoever reads the head.
  expect(told(await ask(planOf([(await inTurn([429], { 'retry-after': '60' })).url])).done)).toEqual(['u0 first 429']);
});

it('does not ask again where the upstream says that it is of no use', async () => {
  const upstream = await inTurn([500], { 'x-should-retry': 'false' });
  expect(told(await ask(planOf([upstream.url])).done)).toEqual(['u0 first 500']);
});

it('asks again where the connection is refused or reset, and says which may have cost something', async () => {
  let resets = 1;
  const upstream = await startUpstream((response) => {
    if (resets-- > 0) response.socket?.resetAndDestroy();
    else sendJson(response, {});
  });
  const outcome = await ask(planOf(['http://127.0.0.1:9/v1', upstream.url])).done;
  expect(told(outcome)).toEqual([
    'u0 first upstream_unreachable',
    'u0 retry upstream_unreachable',
    'u1 fallback upstream_reset',
    'u1 retry 200',
  ]);
  expect(outcome.free).toEqual([true, true, false, false]);
});

it('does not ask a silent upstream twice, nor one that speaks no HTTP, nor one whose TLS fails', async () => {
  const [hole, garbage, other] = [
    await startRawUpstream(() => undefined),
    await startRawUpstream((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))),
    await fine(),
  ];
  const outcome = await ask(planOf([hole.url, garbage.url, other.url], { headersTimeout: 200 })).done;
  expect(told(outcome)).toEqual(['u0 first upstream_timeout', 'u1 fallback upstream_malformed', 'u2 fallback 200']);
  expect(outcome.free).toEqual([false, false, false]);
  const tls = await ask(planOf([other.url.replace('http:', 'https:')])).done;
  expect(tls.error?.code).toBe('upstream_unreachable');
  expect(tls.free).toEqual([true, true]);
});

it('never repeats what has begun', async () => {
  const broken = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"half":');
    setTimeout(() => response.socket?.resetAndDestroy(), 30);
  });
  const other = await fine();
  const outcome = await ask(planOf([broken.url, other.url])).done;
  expect(outcome).toMatchObject({ status: 200, text: '{"half":', error: { code: 'upstream_reset' } });
  expect(broken.received).toHaveLength(1);
  expect(other.received).toHaveLength(0);
});

it('sends what acts on the world no second time, unless it never left or was turned away for load', async () => {
  const reset = await startUpstream((response) => void response.socket?.resetAndDestroy());
  const [busy, other] = [await inTurn([429]), await fine()];
  const once = { repeatable: false };
  expect((await ask(planOf([reset.url, other.url]), once).done).error?.code).toBe('upstream_reset');
  expect((await ask(planOf([(await inTurn([500])).url, other.url]), once).done).status).toBe(500);
  expect(other.received).toHaveLength(0);
  expect((await ask(planOf([busy.url]), once).done).status).toBe(200);
  expect((await ask(planOf(['http://127.0.0.1:9/v1', other.url]), once).done).status).toBe(200);
});

it('ends at its deadline, whatever it waits for', async () => {
  const hole = await startRawUpstream(() => undefined);
  const retries = { ...RETRIES, deadline: 150 };
  const silent = await ask(planOf([hole.url], { headersTimeout: 10_000 }), { retries }).done;
  expect(silent.error?.code).toBe('upstream_timeout');
  expect(told(silent)).toEqual(['u0 first upstream_timeout']);
  // A wait that would end past it is not begun.
  const busy = await inTurn([429], { 'retry-after': '1' });
  const waiting = await ask(planOf([busy.url]), { retries: { ...retries, maxBackoff: 5000 } }).done;
  expect(waiting.status).toBe(429);
  // A request that found no connection of ours free says nothing of the upstream.
  const plan = planOf([hole.url], { headersTimeout: 10_000, connections: 1 });
  const [, second] = [ask(plan, { retries }), ask(plan, { retries })];
  expect(await second.done).toMatchObject({ error: { code: 'upstream_timeout' }, free: [true] });
  expect(plan[0]!.circuit.health().failures).toBe(1);
});

it('ends an answer that goes on for too long', async () => {
  const slow = await startUpstream(async (response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    while (!response.destroyed) {
      response.write('x');
      await sleep(20);
    }
  });
  const outcome = await ask(planOf([slow.url]), { answerTimeout: 150 }).done;
  expect(outcome).toMatchObject({ status: 200, error: { code: 'upstream_timeout' } });
});

it('stops at once when it is aborted: while it waits, while it asks, while it reads', async () => {
  const busy = await inTurn([429], { 'retry-after-ms': '90' });
  const waiting = ask(planOf([busy.url]));
  await vi.waitFor(() => expect(waiting.attempts).toHaveLength(1));
  waiting.flight.abort();
  const hole = await startUpstream(() => undefined);
  const plan = planOf([hole.url]);
  const asking = ask(plan);
  await vi.waitFor(() => expect(hole.received).toHaveLength(1));
  asking.flight.abort();
  expect(asking.attempts).toMatchObject([{ why: 'first' }]);
  expect(asking.attempts[0]).not.toHaveProperty('status');
  expect(asking.free).toEqual([false]);
  expect(plan[0]!.circuit.health()).toMatchObject({ inflight: 0, failures: 0 });
  await sleep(150);
  expect(busy.received).toHaveLength(1);
  const outcomes = await Promise.race([waiting.done, asking.done, sleep(50, 'nothing')]);
  expect(outcomes).toBe('nothing');
});

it('passes over what rests or is full, and says so when nothing is left', async () => {
  const [dead, other] = ['http://127.0.0.1:9/v1', await fine()];
  const plan = planOf([dead, other.url], { concurrency: 1 }, 2);
  await ask(plan).done;
  expect(plan[0]!.circuit.condition).toBe('resting');
  expect(told(await ask(plan).done)).toEqual(['u1 fallback 200']);
  plan[1]!.circuit.enter();
  const none = await ask(plan).done;
  expect(none).toMatchObject({ error: { code: 'overloaded' }, attempts: [] });
  const rest = await ask([plan[0]!]).done;
  expect(rest.error).toMatchObject({
    code: 'upstream_unreachable',
    message: expect.stringContaining('rests') as string,
  });
});

it('uses the words made for the first target, and its own for each further asking', async () => {
  const upstream = await inTurn([500]);
  const plan = planOf([upstream.url]);
  const request = { surface: openaiChat, body: { model: 'm', messages: [] }, stream: false, headers: {} };
  const prepared = await prepareFirst(plan, request);
  const marked = { ...prepared!, request: { ...prepared!.request!, body: '{"marked":true}' } };
  await ask(plan, { prepared: marked }).done;
  expect(upstream.received.map(({ text }) => text)).toEqual(['{"marked":true}', '{"model":"m","messages":[]}']);
});

it('goes on to the next target where the first cannot be worded', async () => {
  const other = await fine();
  const plan = planOf(['http://127.0.0.1:9/v1', other.url]);
  const fault = new AncileError('upstream_refused', 'no token');
  const broken = { ...plan[0]!, door: { ...plan[0]!.door, prepare: () => Promise.reject(fault) } };
  const targets = [broken, plan[1]!];
  const prepared = await prepareFirst(targets, {
    surface: openaiChat,
    body: {},
    stream: false,
    headers: {},
  });
  expect(prepared).toMatchObject({ fault });
  const outcome = await ask(targets, { prepared }).done;
  expect(told(outcome)).toEqual(['u0 first upstream_refused', 'u1 fallback 200']);
  expect(outcome.free).toEqual([true, false]);
});

it('asks the same plan again for the same exchange', async () => {
  const upstream = await fine();
  const plan = planOf([upstream.url]);
  await ask(plan).done;
  const second = { surface: openaiChat, body: { model: 'm', messages: ['again'] }, stream: false, headers: {} };
  expect(told(await ask(plan, { ask: second, why: 'reask' }).done)).toEqual(['u0 reask 200']);
  expect(upstream.received[1]!.body['messages']).toEqual(['again']);
});

// Twice the load that the gateway sustains, for a minute; then whether it is itself again, and whether its memory grows.
// Run: npm run build && tsx tools/soak-gateway.ts [--seconds 60] [--minutes 10]
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startUpstream } from './bench/raw-http.ts';
import type { LoadOrder, LoadReport } from './load-child.ts';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    minutes: { type: 'string', default: '10' },
    concurrency: { type: 'string', default: '256' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(flags.seconds);
const minutes = Number(flags.minutes);
const concurrency = Number(flags.concurrency);

/** Connections that the clients of an open loop have already, times those that are served at once. */
const POOL = 4 * concurrency;

/** What must hold. */
const BOUNDS = {
  /** p99 of admitted requests under twice the load, times that at the load that is sustained. */
  p99Ratio: 3,
  /** Admitted a second under twice the load, times the load that is sustained. */
  admittedRatio: 0.6,
  /** Seconds after the overload from which on nothing may be turned away at 0.9 of what is sustained. */
  recoverySeconds: 2,
  /** p99 after the overload, times that at the load that is sustained. */
  recoveryP99Ratio: 1.5,
  /** Heap that grows with each request over the second half of the run, bytes. */
  heapPerRequest: 64,
  /** Resident memory at the end, times that after a fifth of the run. */
  rssRatio: 1.25,
};

/** Loaded into the gateway: tells its memory, after a collection, when it is asked over IPC; keeps no process alive. */
const PROBE = `
process.on('message', (message) => {
  if (message !== 'memory') return;
  gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({ heapUsed: heapUsed + external, rss });
});
process.channel.unref();
`;

const root = resolve(import.meta.dirname, '..');
const cli = join(root, 'dist/bin/ancile.js');
mkdirSync(join(root, '.bench'), { recursive: true });
const scratch = mkdtempSync(join(root, '.bench/soak-'));
const children: ChildProcess[] = [];

const answer = JSON.stringify({
  id: 'chatcmpl-soak',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Shipments rose in the north.' }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 250, completion_tokens: 6, total_tokens: 256 },
});
const upstream = await startUpstream(() => [
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`,
]);

/** A process of its own, on a core of its own where the machine has two and says which. */
function start(core: number, args: readonly string[], cwd: string): ChildProcess {
  const pin = spawnSync('taskset', ['-c', String(core), 'true']).status === 0 ? ['taskset', '-c', String(core)] : [];
  const [command, ...rest] = [...pin, process.execPath, ...args];
  const child = spawn(command!, rest, { cwd, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  children.push(child);
  return child;
}

function ask<T>(child: ChildProcess, message: unknown): Promise<T> {
  return new Promise((done, fail) => {
    const onExit = (code: number | null): void => fail(new Error(`a process ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (reply) => {
      child.off('exit', onExit);
      done(reply as T);
    });
    child.send(message as object);
  });
}

interface Memory {
  readonly heapUsed: number;
  readonly rss: number;
}

async function startGateway(): Promise<{ child: ChildProcess; port: number; key: string }> {
  const to = (upstream.address() as AddressInfo).port;
  writeFileSync(
    join(scratch, 'ancile.yaml'),
    JSON.stringify({
      server: { port: 0 },
      upstreams: { mock: { kind: 'openai', baseUrl: `http://127.0.0.1:${to}/v1` } },
      models: { '*': { upstream: 'mock' } },
      limits: { concurrency },
    }),
  );
  const args = ['key', 'create', '--name', 'soak', '--json'];
  const { key } = JSON.parse(execFileSync(process.execPath, [cli, ...args], { cwd: scratch, encoding: 'utf8' })) as {
    key: string;
  };
  const probe = join(scratch, 'probe.mjs');
  writeFileSync(probe, PROBE);
  const child = start(0, ['--expose-gc', '--import', probe, cli, 'serve', '--json'], scratch);
  const address = await new Promise<string>((done, fail) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /"address": ?"([^"]+)"/.exec(text);
      if (found !== null) done(found[1]!);
    });
    child.once('exit', (code) => fail(new Error(`the gateway ended with ${code}`)));
  });
  return { child, port: Number(new URL(address).port), key };
}

/** Slope of the least squares line through the points. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (pick: 0 | 1): number => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const over = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const under = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return under === 0 ? 0 : over / under;
}

const rows: [what: string, figure: string, bound: string, ok: boolean][] = [];
const figures: Record<string, number> = {};

function hold(name: string, what: string, value: number, bound: string, ok: boolean, digits = 2): void {
  figures[name] = value;
  rows.push([what, value.toFixed(digits), bound, ok]);
}

const MB = 1024 * 1024;

try {
  const gateway = await startGateway();
  const load = start(1, ['--import', 'tsx', join(root, 'tools/load-child.ts')], root);
  const target = { port: gateway.port, key: gateway.key };
  const offer = async (what: string, order: Omit<LoadOrder, 'port' | 'key'>): Promise<LoadReport> => {
    process.stderr.write(`${what} (${order.seconds.toFixed(0)} s)...\n`);
    const report = await ask<LoadReport>(load, { ...target, ...order });
    if (report.firstFailure !== undefined) process.stderr.write(`first failure: ${report.firstFailure}\n`);
    return report;
  };
  // Long enough for the index to be written beside it, which under load waits for at most half a minute.
  const short = Math.max(5, Math.min(35, seconds / 2));

  await offer('warming up', { seconds: short, connections: concurrency });
  // What it does at its very most, with never a pause between two requests of a client, it cannot sustain: the first that
  // comes on top is turned away. What it sustains is what it serves whole, of clients who ask when they like.
  const most = await offer('what it does at most', { seconds: short, connections: concurrency });
  const mostRate = most.admitted / most.seconds;
  hold('most.perSecond', `at most, ${concurrency} at a time, requests/s`, mostRate, '', mostRate > 0, 0);
  hold('most.failures', 'failures', most.failures + most.shed, '= 0', most.failures + most.shed === 0, 0);
  let share = 1;
  let sustained: LoadReport;
  do {
    share -= 0.1;
    sustained = await offer(`whether it sustains ${share.toFixed(1)} of that`, {
      seconds: short,
      perSecond: share * mostRate,
      pool: POOL,
    });
  } while (share > 0.35 && sustained.shed + sustained.failures > 0);
  const rate = sustained.admitted / sustained.seconds;
  hold('sustained.perSecond', 'sustained: nobody turned away, requests/s', rate, '', rate > 0, 0);
  hold(
    'sustained.failures',
    'failures',
    sustained.failures + sustained.shed,
    '= 0',
    sustained.failures + sustained.shed === 0,
    0,
  );
  hold('sustained.share', 'times what it does at most', share, '', true, 1);
  hold('sustained.p99', 'its p99, ms', sustained.p99, '', true, 1);

  const over = await offer('twice that', { seconds, perSecond: 2 * rate, pool: POOL, keep: true });
  const offered = over.sent / over.seconds;
  const admitted = over.admitted / over.seconds;
  hold('over.offered', 'offered, requests/s', offered, `>= ${(1.9 * rate).toFixed(0)}`, offered >= 1.9 * rate, 0);
  hold(
    'over.admitted',
    'admitted, requests/s',
    admitted,
    `>= ${(BOUNDS.admittedRatio * rate).toFixed(0)}`,
    admitted >= BOUNDS.admittedRatio * rate,
    0,
  );
  hold('over.shed', 'turned away, in the shape of the surface', over.shed, '> 0', over.shed > 0, 0);
  hold('over.failures', 'anything else', over.failures, '= 0', over.failures === 0, 0);
  hold(
    'over.p99',
    'p99 of what is admitted, ms',
    over.p99,
    `<= ${(BOUNDS.p99Ratio * sustained.p99).toFixed(1)}`,
    over.p99 <= BOUNDS.p99Ratio * sustained.p99,
    1,
  );
  hold('over.shedP99', 'p99 of what is turned away, ms', over.shedP99, '', true, 1);

  const after = await offer('and then less', { seconds: 10, perSecond: 0.9 * rate, resume: true });
  process.stderr.write(`turned away in each second: ${after.shedBySecond.join(' ')}\n`);
  const late = after.shedBySecond.slice(BOUNDS.recoverySeconds).reduce((sum, count) => sum + count, 0);
  hold('after.shed', `turned away from second ${BOUNDS.recoverySeconds} after it`, late, '= 0', late === 0, 0);
  hold('after.failures', 'failures', after.failures, '= 0', after.failures === 0, 0);
  hold(
    'after.p99',
    'p99, ms',
    after.p99,
    `<= ${(BOUNDS.recoveryP99Ratio * sustained.p99).toFixed(1)}`,
    after.p99 <= BOUNDS.recoveryP99Ratio * sustained.p99,
    1,
  );

  const turns = 20;
  const points: [requests: number, memory: Memory][] = [];
  let requests = 0;
  for (let turn = 0; turn < turns && minutes > 0; turn++) {
    const part = await offer(`memory, part ${turn + 1} of ${turns}`, {
      seconds: (minutes * 60) / turns,
      connections: concurrency,
    });
    requests += part.admitted;
    figures['memory.failures'] = (figures['memory.failures'] ?? 0) + part.failures + part.shed;
    points.push([requests, await ask<Memory>(gateway.child, 'memory')]);
  }
  if (points.length > 0) {
    const half = points.slice(turns / 2);
    const perRequest = slope(half.map(([count, { heapUsed }]) => [count, heapUsed]));
    const [early, last] = [points[Math.floor(turns / 5)]![1], points.at(-1)![1]];
    hold('memory.requests', `requests over ${minutes} min`, requests, '', requests > 0, 0);
    hold('memory.failures', 'failures', figures['memory.failures'] ?? 0, '= 0', figures['memory.failures'] === 0, 0);
    hold(
      'memory.heapPerRequest',
      'growth of the heap, bytes a request',
      perRequest,
      `<= ${BOUNDS.heapPerRequest}`,
      perRequest <= BOUNDS.heapPerRequest,
      1,
    );
    hold('memory.heapMb', 'heap at the end, MB', last.heapUsed / MB, '', true, 1);
    hold(
      'memory.rssMb',
      'resident at the end, MB',
      last.rss / MB,
      `<= ${((BOUNDS.rssRatio * early.rss) / MB).toFixed(0)}`,
      last.rss <= BOUNDS.rssRatio * early.rss,
      0,
    );
  }
} finally {
  const ended = children.map((child) => new Promise((done) => child.once('exit', done)));
  for (const child of children) child.kill('SIGTERM');
  await Promise.race([Promise.all(ended), new Promise((done) => setTimeout(done, 15_000).unref())]);
  upstream.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

const cpu = /model name\s*: (.+)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown';
const table = [
  `| ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpu} | | bound | |`,
  '|---|---|---|---|',
  ...rows.map(([what, figure, bound, ok]) => `| ${what} | ${figure} | ${bound} | ${ok ? '' : 'BROKEN'} |`),
].join('\n');
process.stdout.write(`${flags.json ? JSON.stringify(figures) : table}\n`);
process.exit(rows.every(([, , , ok]) => ok) ? 0 : 1);

// npm run bench:export: records a second through each kind of sink to a receiver on this machine, and what sinks whose
// receivers are dead cost requests: two servers, without sinks and with three dead ones, measured in turns.
//
//   --records N   records for each sink        --rounds N, --requests N   of the comparison
//   --check       ends with 1 where dead sinks cost more than a tenth
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SinkConfig } from '../../src/contract/index.ts';
import { type SinkSettings, openExporter } from '../../src/export/index.ts';
import { openKeys } from '../../src/keys/index.ts';
import { openLedger } from '../../src/ledger/index.ts';
import { openStore } from '../../src/store/index.ts';
import { blocked } from './blocked.ts';
import { runLoad, startUpstream } from './raw-http.ts';

const { values: flags } = parseArgs({
  options: {
    records: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '1500' },
    check: { type: 'boolean', default: false },
  },
});
const records = Number(flags.records);
const root = resolve(import.meta.dirname, '../..');
mkdirSync(join(root, '.bench'), { recursive: true });
const scratch = mkdtempSync(join(root, '.bench/export-'));
const children: ChildProcess[] = [];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function listen(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  server.unref();
  return (server.address() as AddressInfo).port;
}

/** Takes whatever comes as each kind would: only what is needed for its word. */
async function startReceivers(): Promise<{ http: number; stream: number }> {
  const http = createHttp((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const items = (): object[] =>
        body.split('\n').flatMap((_, i) => (i % 2 === 1 ? [{ create: { status: 201 } }] : []));
      const answer = request.url!.endsWith('/_bulk')
        ? { errors: false, items: items() }
        : request.url!.includes('/ack')
          ? { acks: { 0: true } }
          : { code: 0, ackId: 0 };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  const stream = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined).on('end', () => socket.end());
    socket.resume();
  });
  return { http: await listen(http), stream: await listen(stream) };
}

async function throughput(): Promise<void> {
  const dataDir = join(scratch, 'data');
  mkdirSync(dataDir);
  const store = await openStore({ path: join(dataDir, 'store.db') });
  const ledger = await openLedger({ dataDir, keys: openKeys(dataDir), node: 'node_bench' });
  for (let i = 0; i < records; i += 2000) {
    await Promise.all(Array.from({ length: Math.min(2000, records - i) }, (_, n) => ledger.append(blocked(i + n))));
  }
  const { http, stream } = await startReceivers();
  const url = `http://127.0.0.1:${http}`;
  const token = { env: 'NONE' };
  const path = join(scratch, 'events.jsonl');
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const kinds: readonly (readonly [string, object, Partial<SinkSettings>, number?])[] = [
    ['file, JSON', { kind: 'file', path }, { path }],
    ['syslog TCP, CEF', { kind: 'syslog', transport: 'tcp', host: '127.0.0.1', port: stream }, {}],
    ['syslog TCP, OCSF', { kind: 'syslog', transport: 'tcp', host: '127.0.0.1', port: stream, format: 'ocsf' }, {}],
    ['OCSF over HTTP', { kind: 'ocsf', url }, {}],
    ['Splunk HEC, acknowledged', { kind: 'splunk', url, token }, { secret: 'x' }],
    ['Elastic bulk', { kind: 'elastic', url }, {}],
    ['OTLP logs', { kind: 'otlp', url }, {}],
    ['webhook (one a request)', { kind: 'webhook', url, secret: token }, { secret }],
  ];
  print(`${records} records of blocked requests, receivers in the same process (their work is in the figures):`);
  for (const [name, config, more] of kinds) {
    const sink = `sink-${kinds.findIndex(([each]) => each === name)}`;
    const exporter = await openExporter({
      store,
      ledger,
      node: 'node_bench',
      running: true,
      onFault: (err) => print(err.message),
    });
    const begun = performance.now();
    await exporter.apply([{ name: sink, config: SinkConfig.parse({ from: 'start', ...config }), ...more }]);
    while (exporter.figures()[0]!.cursor < ledger.size) await new Promise((done) => setTimeout(done, 5));
    const seconds = (performance.now() - begun) / 1000;
    await exporter.close();
    print(
      `  ${name.padEnd(28)} ${Math.round(records / seconds)
        .toLocaleString('en')
        .padStart(8)} records/s`,
    );
  }
  await ledger.close();
  await store.close();
}

let nextPort = 18_800;
const TICKS = 100; // of /proc/PID/stat, per second

/** Seconds of processor time that a process has used. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

async function startAncile(name: string, upstream: number, sinks: object) {
  const port = nextPort++;
  const dir = join(scratch, name);
  mkdirSync(dir);
  const config = {
    server: { port },
    upstreams: { mock: { kind: 'openai', baseUrl: `http://127.0.0.1:${upstream}/v1` } },
    models: { '*': { upstream: 'mock' } },
    export: { sinks },
  };
  writeFileSync(join(dir, 'ancile.yaml'), JSON.stringify(config));
  const cli = join(root, 'dist/bin/ancile.js');
  const created = execFileSync(process.execPath, [cli, 'key', 'create', '--name', 'bench', '--json'], {
    cwd: dir,
    encoding: 'utf8',
  });
  const { key } = JSON.parse(created) as { key: string };
  const child = spawn(process.execPath, [cli, 'serve', '--json'], { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await new Promise((done) => child.stdout.once('data', done));
  return { name, port, key, pid: child.pid! };
}

async function cost(): Promise<number> {
  const answer = JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Fine.' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
  });
  const upstream = await startUpstream(() => [
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`,
  ]);
  const port = (upstream.address() as AddressInfo).port;
  // One refuses connections, one takes them and never answers, one is a folder that is not there.
  const silent = createServer((socket) => void socket.on('error', () => undefined));
  const hole = await listen(silent);
  const dead = {
    refused: { kind: 'syslog', transport: 'tcp', host: '127.0.0.1', port: 1 },
    silent: { kind: 'ocsf', url: `http://127.0.0.1:${hole}` },
    nowhere: { kind: 'file', path: './none/events.jsonl' },
  };
  const live = { file: { kind: 'file', path: './events.jsonl' } };
  const targets = [
    await startAncile('without', port, {}),
    await startAncile('dead', port, dead),
    await startAncile('live', port, live),
  ];
  const body = (n: number): string =>
    JSON.stringify({
      model: 'm',
      messages: [{ role: 'user', content: `Request ${n}: what changed last quarter, and why?` }],
    });
  const figures = new Map(targets.map(({ name }) => [name, [] as number[]]));
  const cpu = new Map(targets.map(({ name }) => [name, [] as number[]]));
  for (let round = -1; round < Number(flags.rounds); round++) {
    // Each is first in turn: what the machine does besides must not always meet the same one.
    const turn = (round + targets.length) % targets.length;
    for (const target of [...targets.slice(turn), ...targets.slice(0, turn)]) {
      const before = cpuSeconds(target.pid);
      const count = round < 0 ? 300 : Number(flags.requests);
      const { perSecond, failures } = await runLoad({
        ...target,
        path: '/v1/chat/completions',
        connections: 32,
        requests: count,
        body,
      });
      if (failures > 0) throw new Error(`${target.name}: ${failures} requests failed`);
      if (round < 0) continue;
      figures.get(target.name)!.push(perSecond);
      cpu.get(target.name)!.push(((cpuSeconds(target.pid) - before) * 1e6) / count);
    }
  }
  const [without, withDead, withLive] = [...figures.values()] as [number[], number[], number[]];
  const ratios = (values: number[]): number[] => values.map((each, i) => each / without[i]!);
  const told = (values: number[]): string =>
    `${median(values).toFixed(2)} (rounds ${values.map((each) => each.toFixed(2)).join(' ')})`;
  print(`Requests/s of the gateway, ${flags.rounds} rounds in turns, 32 connections:`);
  print(`  without sinks              ${Math.round(median(without))}`);
  print(`  with three dead sinks      ${Math.round(median(withDead))}, ratio ${told(ratios(withDead))}`);
  print(`  with a file sink that runs ${Math.round(median(withLive))}, ratio ${told(ratios(withLive))}`);
  const micros = [...cpu].map(([name, values]) => `${name} ${Math.round(median(values))} µs`);
  print(`  processor time a request   ${micros.join(', ')}`);
  upstream.close();
  return median(ratios(withDead));
}

try {
  await throughput();
  const ratio = await cost();
  if (flags.check && ratio < 0.9) process.exitCode = 1;
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
}
process.exit();

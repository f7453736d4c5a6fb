// npm run bench:gateway: what the gateway costs. One run, one mock upstream, targets interleaved round by round, each
// target a process of its own pinned to one core while load generator and upstream share the other.
//
//   direct       load generator -> upstream
//   bare         node:http + undici `dispatch`, bytes passed through: the leanest there is
//   bare-pipe    node:http + undici `request`, bodies piped: as it is usually written
//   record-only  Ancile with keys, policy and ledger, detectors off
//   full         Ancile with every detector and the default policies
//   portkey      Portkey's gateway with one `contains` check on input and one on output
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { portkeyHeaders, startPortkey } from './portkey.ts';
import { type LoadResult, runLoad, startUpstream } from './raw-http.ts';

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '4000' },
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: 'busy,single,stream,conversation,paced' },
    portkey: { type: 'boolean', default: true },
  },
});
const rounds = Number(flags.rounds);
const requests = Number(flags.requests);
const scenarios = new Set(flags.only.split(','));
const root = resolve(import.meta.dirname, '../..');
const TICKS = 100; // of /proc/PID/stat, per second

const prose =
  'The quarterly report shows that shipments to the northern region rose while returns fell, and the team would like a short summary of what changed and why. ';
/** About 2 KB of prose, distinct for each request. */
const prompt = (n: number): string => `Request ${n}. ${prose.repeat(13)}Reference ${(n * 7919) % 100_003}.`;
const chat = (messages: readonly unknown[], stream = false): string =>
  JSON.stringify({ model: 'gpt-4o-mini', messages, ...(stream ? { stream: true } : {}) });
const oneTurn = (n: number): string => chat([{ role: 'user', content: prompt(n) }]);

const answerText =
  'Shipments rose in the north because of two new customers, and returns fell after the packaging changed. '.repeat(4);
const answerBody = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: answerText }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 500, completion_tokens: 90, total_tokens: 590 },
});
const wholeAnswer = [
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answerBody.length}\r\n\r\n${answerBody}`,
];
const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const delta = (content: string, finish: string | null = null): string =>
  chunked(
    `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-mini', choices: [{ index: 0, delta: content === '' ? {} : { content }, finish_reason: finish }] })}\n\n`,
  );
const words = answerText.match(/\S+\s*/g)!;
const streamAnswer = [
  `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${delta(words[0]!)}`,
  ...words.slice(1).map((word) => delta(word)),
  `${delta('', 'stop')}${chunked('data: [DONE]\n\n')}0\r\n\r\n`,
];

const upstream = await startUpstream((request) => (request.includes('"stream":true') ? streamAnswer : wholeAnswer));
const paced = await startUpstream(() => streamAnswer, 2);
const upstreamPort = (upstream.address() as AddressInfo).port;
const pacedPort = (paced.address() as AddressInfo).port;

mkdirSync(join(root, '.bench'), { recursive: true });
const scratch = mkdtempSync(join(root, '.bench/gateway-'));
const children: ChildProcess[] = [];
let nextPort = 18_700;

interface Target {
  readonly name: string;
  readonly port: number;
  readonly pid: number | undefined;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function pinned(command: string, args: readonly string[], cwd: string): ChildProcess {
  const child = spawn('taskset', ['-c', '0', command, ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) done(text.slice(0, text.indexOf('\n')));
    });
    child.once('exit', (code) => fail(new Error(`a target ended with ${code}`)));
    child.once('error', fail);
  });
}

async function startBare(name: string, to: number, mode = 'dispatch'): Promise<Target> {
  const port = nextPort++;
  const child = pinned(
    process.execPath,
    ['--import', 'tsx', join(root, 'tools/bench/bare-proxy.ts'), String(to), String(port), mode],
    root,
  );
  await firstLine(child);
  return { name, port, pid: child.pid, key: 'none' };
}

async function startAncile(name: string, to: number, detect: string): Promise<Target> {
  const port = nextPort++;
  const dir = join(scratch, name);
  mkdirSync(dir);
  writeFileSync(
    join(dir, 'ancile.yaml'),
    `server: { port: ${port} }\nupstreams: { mock: { kind: openai, baseUrl: "http://127.0.0.1:${to}/v1" } }\nmodels: { "*": { upstream: mock } }\n${detect}`,
  );
  const cli = join(root, 'dist/bin/ancile.js');
  const created = execFileSync(process.execPath, [cli, 'key', 'create', '--name', 'bench', '--json'], {
    cwd: dir,
    encoding: 'utf8',
  });
  const key = (JSON.parse(created) as { key: string }).key;
  const child = pinned(process.execPath, [cli, 'serve', '--json'], dir);
  await firstLine(child);
  return { name, port, pid: child.pid, key };
}

async function startPeer(to: number): Promise<Target> {
  const port = nextPort++;
  const folder = join(root, '.bench/portkey');
  const child = await startPortkey((args) => pinned(process.execPath, args, root), folder, port, to);
  return { name: 'portkey', port, pid: child.pid, key: 'none', headers: portkeyHeaders(to) };
}

/** CPU seconds a process has used. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Peak resident memory of a process, MB. */
function peakMemory(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

interface Sample extends LoadResult {
  readonly cpuMicros: number;
}

async function measure(
  target: Target,
  connections: number,
  count: number,
  body: (n: number) => string,
): Promise<Sample> {
  const before = target.pid === undefined ? 0 : cpuSeconds(target.pid);
  const result = await runLoad({
    port: target.port,
    path: '/v1/chat/completions',
    key: target.key,
    connections,
    requests: count,
    ...(target.headers === undefined ? {} : { headers: target.headers }),
    body,
  });
  if (result.failures > 0) throw new Error(`${target.name}: ${result.failures} requests failed`);
  const cpu = target.pid === undefined ? NaN : cpuSeconds(target.pid) - before;
  return { ...result, cpuMicros: (cpu * 1e6) / result.requests };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

type Pick = (sample: Sample) => number;

/** Runs the scenario on every target in turn, `rounds` times, and keeps the median of each figure. */
async function interleave(targets: readonly Target[], connections: number, count: number, body: (n: number) => string) {
  const samples = new Map<string, Sample[]>(targets.map((target) => [target.name, []]));
  let serial = 0;
  for (const target of targets)
    await measure(target, connections, Math.min(count, 1000), (n) => body((serial += 1) + n));
  for (let round = 0; round < rounds; round++) {
    for (const target of targets) {
      const offset = (serial += count);
      samples.get(target.name)!.push(await measure(target, connections, count, (n) => body(offset + n)));
      process.stderr.write('.');
    }
  }
  return (name: string, pick: Pick): number => median(samples.get(name)!.map(pick));
}

const lines: string[] = [];
const say = (line: string): void => void lines.push(line);
const figures: Record<string, number> = {};

try {
  const direct: Target = { name: 'direct', port: upstreamPort, pid: undefined, key: 'none' };
  const bare = await startBare('bare', upstreamPort);
  const recordOnly = await startAncile('record-only', upstreamPort, 'detect: { detectors: [] }\n');
  const full = await startAncile('full', upstreamPort, '');
  const barePipe = await startBare('bare-pipe', upstreamPort, 'request');
  const portkey = flags.portkey ? [await startPeer(upstreamPort)] : [];
  const all = [direct, bare, barePipe, recordOnly, full, ...portkey];
  /** The target of the project: how many times Portkey's throughput the full guard has. */
  const sayOverPortkey = (figure: string, perSecond: (name: string) => number): void => {
    if (portkey.length === 0) return;
    figures[figure] = perSecond('full') / perSecond('portkey');
    say('');
    say(`The full guard has ${figures[figure].toFixed(2)} times Portkey's throughput.`);
  };

  if (scenarios.has('busy')) {
    const busy = await interleave(all, 50, requests, oneTurn);
    say('| 2 KB prompt, concurrency 50 | requests/s | x bare | CPU us/request | p50 ms | p99 ms |');
    say('|---|---|---|---|---|---|');
    for (const { name } of all) {
      const ratio = busy(name, (s) => s.perSecond) / busy('bare', (s) => s.perSecond);
      figures[`${name}.xBare`] = ratio;
      say(
        `| ${name} | ${busy(name, (s) => s.perSecond).toFixed(0)} | ${ratio.toFixed(2)} | ${busy(name, (s) => s.cpuMicros).toFixed(0)} | ${busy(name, (s) => s.p50).toFixed(2)} | ${busy(name, (s) => s.p99).toFixed(2)} |`,
      );
    }
    sayOverPortkey('full.xPortkey', (name) => busy(name, (s) => s.perSecond));
  }

  if (scenarios.has('single')) {
    const single = await interleave(all, 1, Math.ceil(requests / 8), oneTurn);
    say('');
    say('| concurrency 1 | p50 ms | over bare ms |');
    say('|---|---|---|');
    for (const { name } of all) {
      const over = single(name, (s) => s.p50) - single('bare', (s) => s.p50);
      figures[`${name}.overBareMs`] = over;
      say(`| ${name} | ${single(name, (s) => s.p50).toFixed(2)} | ${over.toFixed(2)} |`);
    }
  }

  if (scenarios.has('stream')) {
    // Portkey's streams fail with its checks on (TypeError: immutable headers), so there is nothing to measure.
    const streaming = all.filter((target) => target.name !== 'portkey');
    const streamed = await interleave(streaming, 20, Math.ceil(requests / 8), (n) =>
      chat([{ role: 'user', content: prompt(n) }], true),
    );
    say('');
    say(`| stream of ${words.length} chunks at once, concurrency 20 | requests/s | x bare | CPU us/request |`);
    say('|---|---|---|---|');
    for (const { name } of streaming) {
      say(
        `| ${name} | ${streamed(name, (s) => s.perSecond).toFixed(0)} | ${(streamed(name, (s) => s.perSecond) / streamed('bare', (s) => s.perSecond)).toFixed(2)} | ${streamed(name, (s) => s.cpuMicros).toFixed(0)} |`,
      );
    }
  }

  if (scenarios.has('conversation')) {
    // A conversation of a hundred turns, of which all but the last two messages were judged the turn before.
    const history = (id: number, turns: number) =>
      Array.from({ length: turns * 2 - 1 }, (_, i) => ({
        role: i % 2 === 0 ? 'user' : 'assistant',
        content: `In conversation ${id}, turn ${i}: please compare the figures of week ${i % 52} with the week before it.`,
      }));
    const conversation = (turns: number) => (n: number) =>
      chat([
        ...history(n % 4, turns),
        { role: 'assistant', content: 'Done.' },
        { role: 'user', content: `And request ${n}?` },
      ]);
    const long = await interleave([bare, full], 10, Math.ceil(requests / 4), conversation(100));
    const short = await interleave([bare, full], 10, Math.ceil(requests / 4), conversation(1));
    const ofFull = long('full', (s) => s.cpuMicros) / short('full', (s) => s.cpuMicros);
    const ofBare = long('bare', (s) => s.cpuMicros) / short('bare', (s) => s.cpuMicros);
    figures['conversation.full'] = ofFull;
    say('');
    say('| 100-turn conversation resent | CPU us/request | x a one-turn one |');
    say('|---|---|---|');
    say(`| bare | ${long('bare', (s) => s.cpuMicros).toFixed(0)} | ${ofBare.toFixed(2)} |`);
    say(`| full | ${long('full', (s) => s.cpuMicros).toFixed(0)} | ${ofFull.toFixed(2)} |`);
  }

  if (scenarios.has('paced')) {
    const pacedBare = await startBare('bare', pacedPort);
    const pacedFull = await startAncile('full-paced', pacedPort, '');
    const pacing = await interleave(
      [{ ...direct, port: pacedPort }, pacedBare, { ...pacedFull, name: 'full' }],
      4,
      40,
      (n) => chat([{ role: 'user', content: prompt(n) }], true),
    );
    say('');
    say('| stream of a word each 2 ms, concurrency 4 | first byte p50 ms | whole p50 ms |');
    say('|---|---|---|');
    for (const name of ['direct', 'bare', 'full']) {
      say(`| ${name} | ${pacing(name, (s) => s.firstByteP50).toFixed(1)} | ${pacing(name, (s) => s.p50).toFixed(1)} |`);
    }
  }

  figures['full.memoryMb'] = peakMemory(full.pid!);
  say('');
  say(`Peak memory of the full gateway over the run: ${figures['full.memoryMb'].toFixed(0)} MB.`);
} finally {
  const ended = children.map((child) => new Promise((done) => child.once('exit', done)));
  for (const child of children) child.kill('SIGTERM');
  await Promise.race([Promise.all(ended), new Promise((done) => setTimeout(done, 5000))]);
  upstream.close();
  paced.close();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

process.stdout.write(`\n${flags.json ? JSON.stringify(figures) : lines.join('\n')}\n`);
process.exit(0);

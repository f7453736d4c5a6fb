// npm run bench:mcp: what the gateway adds to a call of a tool server. The same calls by the official client, to the server itself and
// through the gateway (pins, schema, detectors, policy, records), round by round in turn; all in one process, so the ratio is what counts.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { asAdmin, startServer } from '../../src/app/index.ts';
import { loadConfig } from '../../src/config/index.ts';
import { OFFICE_LABELS, buildOffice } from '../../test/harness/office.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    calls: { type: 'string', default: '100' },
    json: { type: 'boolean', default: false },
  },
});
const [rounds, calls] = [Number(flags.rounds), Number(flags.calls)];

const sessions = new Map<string, StreamableHTTPServerTransport>();
const office = createServer((request, response) => {
  void (async () => {
    const id = request.headers['mcp-session-id'];
    let transport = typeof id === 'string' ? sessions.get(id) : undefined;
    if (transport === undefined) {
      const made = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (begun) => void sessions.set(begun, made),
      });
      transport = made;
      await buildOffice().connect(made as never);
    }
    await transport.handleRequest(request, response);
  })();
});
await new Promise<void>((done) => office.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${(office.address() as AddressInfo).port}/mcp`;

const scratch = mkdtempSync(join(tmpdir(), 'ancile-bench-mcp-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

async function connect(address: string, key?: string): Promise<Client> {
  const client = new Client({ name: 'bench', version: '1' });
  const requestInit = key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit }) as never);
  return client;
}

async function gateway(mode: string): Promise<Client> {
  const file = join(scratch, `${mode}.yaml`);
  writeFileSync(join(scratch, 'labels.json'), JSON.stringify(OFFICE_LABELS));
  const servers = { office: { url, labels: 'labels.json', pin: 'first_use' } };
  const server = { port: 0 };
  writeFileSync(file, JSON.stringify({ server, dataDir: `data-${mode}`, flow: { mode }, mcp: { servers } }));
  const loaded = loadConfig(file);
  const running = await startServer(loaded);
  const { key } = await asAdmin(loaded, (admin) => admin.createKey({ name: 'bench', tools: ['*'] }));
  return connect(`${running.address}/mcp/office`, key);
}

const targets: readonly (readonly [string, Client])[] = [
  ['direct', await connect(url)],
  ['gateway', await gateway('off')],
  ['gateway with flow control', await gateway('strict')],
];

/** Milliseconds a call, one after the other. */
async function run(client: Client, round: number): Promise<number> {
  const begun = performance.now();
  for (let n = 0; n < calls; n++) {
    const result = await client.callTool({ name: 'find_contacts', arguments: { name: `Bob ${round} ${n}` } });
    if (result.isError === true) throw new Error(JSON.stringify(result.content));
  }
  return (performance.now() - begun) / calls;
}

for (const [, client] of targets) await client.listTools();
for (const [, client] of targets) await run(client, -1);
const times = targets.map((): number[] => []);
for (let round = 0; round < rounds; round++) {
  for (const [at, [, client]] of targets.entries()) times[at]!.push(await run(client, round));
}
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const rows = targets.map(([name], at) => ({
  name,
  ms: median(times[at]!),
  addedMs: median(times[at]!.map((ms, round) => ms - times[0]![round]!)),
  ratio: median(times[at]!.map((ms, round) => ms / times[0]![round]!)),
}));
if (flags.json) process.stdout.write(`${JSON.stringify({ rounds, calls, rows })}\n`);
else {
  process.stdout.write(`tools/call, one after the other; medians of ${rounds} rounds of ${calls} calls, in turn\n`);
  for (const { name, ms, addedMs, ratio } of rows) {
    const line = `${ms.toFixed(2)} ms a call, +${addedMs.toFixed(2)} ms, ${ratio.toFixed(2)} times direct`;
    process.stdout.write(`  ${name.padEnd(26)} ${line}\n`);
  }
}
process.exit(0);

// A gateway of its own for a test: real ports, real files in a temporary folder, the log kept for the test to read.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type RunningServer, createLog, dataDirPath, startServer } from '../../src/app/index.ts';
import { parseConfig, type LoadedConfig } from '../../src/config/index.ts';
import type { ApiClient, ApiInput, KeyRequest, LedgerRecord } from '../../src/contract/index.ts';
import { createAdminClient } from '../../src/gateway/index.ts';
import type { StoredRecord } from '../../src/ledger/index.ts';
import type { z } from 'zod';
import { atEnd, tempFolder } from './cleanup.ts';
import { ask, post } from './clients.ts';

type Overrides = Record<string, unknown>;
export type RecordOf<K extends LedgerRecord['kind']> = Extract<StoredRecord, { kind: K }>;

export interface TestServer {
  readonly address: string;
  /** The first key: all routes, no budget. */
  readonly key: string;
  /** Folder of the configuration file (`ancile.yaml`) and of `dataDir`. */
  readonly dir: string;
  readonly dataDir: string;
  /** The owner's, over the socket. */
  readonly admin: ApiClient;
  /** Makes its bearer the first admin. */
  readonly signInLink: string | undefined;
  readonly metricsAddress: string | undefined;
  /** What the operator's log says so far. */
  log(): string;
  createKey(request: Omit<z.input<typeof KeyRequest>, 'name'>): Promise<{ key: string; id: string }>;
  /** The records like that, oldest first. */
  records(query?: ApiInput<'searchRecords'>): Promise<StoredRecord[]>;
  /** Opened and closed record of an exchange, once both are there. */
  exchange(id: string): Promise<{ opened: RecordOf<'exchange.opened'>; closed: RecordOf<'exchange.closed'> }>;
  /** Reads the configuration file again, as SIGHUP does. */
  reload: RunningServer['reloadConfig'];
  /** Writes other fields into the configuration file. */
  configure(overrides: Overrides): void;
  close(): Promise<void>;
}

/** Waits, by asking again, until there is something. @throws Error when there is nothing for so long (ms) */
export async function eventually<T>(look: () => Promise<T | undefined> | T | undefined, ms = 10_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`nothing came of: ${look.toString().slice(0, 300)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A configuration in a folder of its own, written there as `ancile.yaml`. `dir` continues on another's files. */
export function testConfig(overrides: Overrides = {}, dir: string = tempFolder()): LoadedConfig {
  const { server, ...rest } = overrides;
  const value = { server: { port: 0, ...(server as Overrides | undefined) }, dataDir: 'data', ...rest };
  const file = join(dir, 'ancile.yaml');
  writeFileSync(file, JSON.stringify(value, undefined, 2));
  return { config: parseConfig(JSON.stringify(value), 'ancile.yaml'), file, dir };
}

/** Configuration fields for one upstream behind every model name. */
export function behind(url: string, kind: 'openai' | 'anthropic' = 'openai', more: Overrides = {}): Overrides {
  return { upstreams: { main: { kind, baseUrl: url, ...more } }, models: { '*': { upstream: 'main' } } };
}

/** Starts the server as `ancile serve` does. Without an upstream in the overrides, the practice model answers. */
export async function startTestServer(overrides: Overrides = {}, { dir }: { dir?: string } = {}): Promise<TestServer> {
  const loaded = testConfig(overrides, dir);
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const server = await startServer(loaded, createLog('info', sink));
  const dataDir = dataDirPath(loaded);
  const admin = (await createAdminClient(dataDir))!;
  const close = async (): Promise<void> => {
    await admin.close().catch(() => undefined);
    await server.close();
  };
  atEnd(close);
  const records: TestServer['records'] = async (query = {}) =>
    (await admin.searchRecords({ limit: 1000, ...query })).records.reverse();
  return {
    address: server.address,
    key: server.firstKey ?? '',
    dir: loaded.dir,
    dataDir,
    admin,
    signInLink: server.signInLink,
    metricsAddress: server.metricsAddress,
    log: () => lines.join(''),
    async createKey(request) {
      const { key, info } = await admin.createKey({ name: 'test', ...request });
      return { key, id: info.id };
    },
    records,
    exchange: (id) =>
      eventually(async () => {
        const found = await records({ exchange: id });
        const opened = found.find((record) => record.kind === 'exchange.opened');
        const closed = found.find((record) => record.kind === 'exchange.closed');
        return opened === undefined || closed === undefined ? undefined : { opened, closed };
      }),
    reload: () => server.reloadConfig(),
    configure: (next) => void testConfig(next, loaded.dir),
    close,
  };
}

/** Every file below a folder, as text of its bytes. */
export function filesOf(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path, readFileSync(path, 'latin1'));
  }
  return files;
}

/** Sends a chat request of one message, and waits until its exchange is on record: its id. */
export async function sendRecorded(to: TestServer, content: string): Promise<string> {
  const answer = await post(to, '/v1/chat/completions', ask(content));
  await answer.arrayBuffer();
  const id = answer.headers.get('x-ancile-exchange')!;
  await to.exchange(id);
  return id;
}

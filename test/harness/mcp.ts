// Tool servers and agents for tests, with the official SDK on both sides of the gateway.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { atEnd } from './cleanup.ts';
import { type ToolsOptions, buildTools } from './mcp-tools.ts';
import type { TestServer } from './server.ts';

export interface TestTools {
  readonly url: string;
  /** Headers of every request that came. */
  readonly requests: { method: string; headers: Record<string, unknown> }[];
  /** Calls that arrived, in order. */
  readonly calls: { tool: string; args: unknown }[];
}

/** A tool server over Streamable HTTP: a session for each client that begins one. */
export async function startTools(
  options: Omit<ToolsOptions, 'onCall'> = {},
  build: (options: ToolsOptions) => McpServer = buildTools,
): Promise<TestTools> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const requests: TestTools['requests'] = [];
  const calls: TestTools['calls'] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', headers: request.headers });
    void (async () => {
      const id = request.headers['mcp-session-id'];
      let transport = typeof id === 'string' ? sessions.get(id) : undefined;
      if (transport === undefined) {
        const made = new StreamableHTTPServerTransport({
          sessionIdGenerator: () => randomUUID(),
          onsessioninitialized: (begun) => void sessions.set(begun, made),
        });
        transport = made;
        await build({ ...options, onCall: (tool, args) => calls.push({ tool, args }) }).connect(made as never);
      }
      await transport.handleRequest(request, response);
    })();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, requests, calls };
}

/** Configuration of a tool server that runs as a process. */
export function localTools(more: Record<string, unknown> = {}): Record<string, unknown> {
  const program = resolve(import.meta.dirname, 'mcp-stdio.ts');
  return { command: process.execPath, args: ['--import', import.meta.resolve('tsx'), program], ...more };
}

/** A client of the gateway's, with a session of its own. */
export async function connectAgent(
  { address }: Pick<TestServer, 'address'>,
  key: string,
  path = '/mcp',
  capabilities: Record<string, object> = {},
  prepare: (client: Client) => void = () => undefined,
): Promise<Client> {
  const client = new Client({ name: 'agent', version: '1' }, { capabilities });
  prepare(client);
  const transport = new StreamableHTTPClientTransport(new URL(path, address), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
  await client.connect(transport as never);
  atEnd(() => client.close());
  return client;
}

/** The text of a tool's result. */
export function saidBy(result: unknown): string {
  const { content } = result as { content: { type: string; text?: string }[] };
  return content.map((each) => each.text ?? `[${each.type}]`).join('\n');
}

/** Says yes to all that waits. */
export async function approveAll({ admin }: Pick<TestServer, 'admin'>): Promise<void> {
  for (const { server, kind, name, pending } of (await admin.getToolPins({})).pins) {
    if (pending === undefined) continue;
    await admin.decideToolPin({ server, kind, name, digest: pending.digest, verdict: 'approve' });
  }
}

// What a drill needs around its server: a tool server that says what it is told, an issuer of tokens and a source of models, on
// loopback.
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { parseJson } from '../../codec/index.ts';
import { createPracticeHub } from './practice-hub.ts';

export const ISSUER = 'https://drill.invalid';
export const RESOURCE = 'http://127.0.0.1:8700';
const MOST_BYTES = 100_000;

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string; readonly arguments?: { readonly text?: string } };
}

const TOOL = {
  name: 'echo',
  description: 'Says the same.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
};

function resultOf({ method, params }: Message): unknown {
  if (method === 'initialize') {
    return {
      protocolVersion: params?.protocolVersion ?? '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'drill', version: '1' },
    };
  }
  if (method === 'tools/list') return { tools: [TOOL] };
  if (method === 'tools/call') return { content: [{ type: 'text', text: params?.arguments?.text ?? '' }] };
  return {};
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) {
      response.writeHead(413).end();
      return;
    }
    parts.push(part);
  }
  if (request.method !== 'POST') {
    response.writeHead(405).end();
    return;
  }
  const message = parseJson(Buffer.concat(parts), { what: 'a message' }) as Message;
  if (message.id === undefined) {
    response.writeHead(202).end();
    return;
  }
  const body = JSON.stringify({ jsonrpc: '2.0', id: message.id, result: resultOf(message) });
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
}

export interface Props {
  readonly toolsUrl: string;
  readonly keysUrl: string;
  readonly hubUrl: string;
  /** A token for the tool servers, and what its bearer is called. */
  token(): Promise<{ readonly token: string; readonly principal: string }>;
  close(): Promise<void>;
}

export async function startProps(): Promise<Props> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'drill', alg: 'ES256', use: 'sig' };
  const hub = createPracticeHub();
  const server = createServer((request, response) => {
    if (hub(request, response)) return;
    if (request.url === '/keys') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
      return;
    }
    answer(request, response).catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    toolsUrl: `${base}/mcp`,
    keysUrl: `${base}/keys`,
    hubUrl: `${base}/hub`,
    async token() {
      const token = await new SignJWT({ scope: 'mcp:drill' })
        .setProtectedHeader({ alg: 'ES256', kid: 'drill' })
        .setIssuer(ISSUER)
        .setAudience(`${RESOURCE}/mcp`)
        .setSubject('agent')
        .setExpirationTime('1h')
        .sign(privateKey);
      return { token, principal: `oidc:${ISSUER}#agent` };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

// A Hub on loopback: repositories of a test, large files by a redirect to a second host, and what may go wrong on the way.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from './cleanup.ts';

export type HubFiles = Readonly<Record<string, Buffer>>;

export interface HubUpstream {
  readonly url: string;
  /** Host and port of the second host. */
  readonly cdn: string;
  /** What was asked of either host: `GET /org/model/resolve/...`, with the range and token that came along. */
  readonly asked: { readonly line: string; readonly range?: string | undefined; readonly token?: string | undefined }[];
  /** The commit of a repository. */
  commit(repo: string): string;
  /** Breaks the next answer of the second host off behind so many bytes, or says nothing more. */
  cutNext(bytes: number, how?: 'break' | 'stall'): void;
  /** Sends large files on to another host than its own second one. */
  sendOnTo(url: string | undefined): void;
  /** Large files wait until this resolves. */
  hold(until: Promise<void>): void;
  /** How often the whole of a large file was asked for. */
  fetches(path: string): number;
}

/** Larger ones are LFS files. */
const LARGE = 10_000;

const sha1 = (bytes: Buffer): string => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A safetensors file of one tensor. */
export function safetensors(values: number): Buffer {
  const data = Buffer.alloc(values * 4, 7);
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'F32', shape: [values], data_offsets: [0, data.length] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

/** A pickle that would run a command. Nothing ever loads it. */
export const POISON = Buffer.from("cos\nsystem\n(S'echo poisoned'\ntR.");

interface Cut {
  readonly bytes: number;
  readonly how: 'break' | 'stall';
}

/** Answers with bytes, from where a range begins, as far as they are not to break off. */
export function sendRanged(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Buffer,
  etag: string | undefined,
  cut?: Cut,
): void {
  const [, from, to] = /^bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
  const start = Number(from ?? 0);
  const part = bytes.subarray(start, to ? Number(to) + 1 : bytes.length);
  const headers = { 'content-length': part.length, ...(etag && { etag }), 'accept-ranges': 'bytes' };
  if (from === undefined) response.writeHead(200, headers);
  else
    response.writeHead(206, {
      ...headers,
      'content-range': `bytes ${start}-${start + part.length - 1}/${bytes.length}`,
    });
  if (cut === undefined) return void response.end(part);
  response.write(part.subarray(0, cut.bytes), () => {
    if (cut.how === 'break') setTimeout(() => response.destroy(), 20);
  });
}

async function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** @param repos - by name, as `org/model`; `org/model@next` is another revision of that one, its commit that of its name */
export async function startHubUpstream(repos: Readonly<Record<string, HubFiles>>): Promise<HubUpstream> {
  const asked: HubUpstream['asked'] = [];
  let cut: Cut | undefined;
  let elsewhere: string | undefined;
  let held: Promise<void> | undefined;
  const commit = (repo: string): string => createHash('sha1').update(repo).digest('hex');
  const note = (request: IncomingMessage): void => {
    const { authorization, range } = request.headers;
    asked.push({ line: `${request.method} ${request.url}`, range, token: authorization });
  };
  const notFound = (response: ServerResponse, code: string): void => {
    response.writeHead(404, { 'x-error-code': code, 'content-type': 'application/json' }).end('{}');
  };

  const cdn = await listen((request, response) => {
    note(request);
    const [, repo, path] = /^\/(.+?)\/-\/(.+)$/.exec(decodeURIComponent(request.url!)) ?? [];
    const bytes = repos[repo!]?.[path!];
    if (bytes === undefined) return notFound(response, 'EntryNotFound');
    const now = cut;
    cut = undefined;
    void (held ?? Promise.resolve()).then(() => sendRanged(request, response, bytes, `"${sha256(bytes)}"`, now));
  });

  const host = await listen((request, response) => {
    note(request);
    const url = new URL(request.url!, 'http://hub');
    const parts = decodeURIComponent(url.pathname).split('/').slice(1);
    const repo = (parts[0] === 'api' ? parts.slice(2, 4) : parts.slice(0, 2)).join('/');
    if (repos[repo] === undefined) return notFound(response, 'RepoNotFound');
    const revision = parts[0] === 'api' ? parts[5] : parts[3];
    const others = Object.keys(repos).filter((name) => name.startsWith(`${repo}@`));
    const version = others.find((name) => revision === commit(name) || name === `${repo}@${revision}`) ?? repo;
    const files = repos[version]!;
    const sha = commit(version);
    const json = (value: unknown): void =>
      void response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
    if (parts[0] === 'api') {
      if (version === repo && !['main', sha].includes(parts[5] ?? 'main'))
        return notFound(response, 'RevisionNotFound');
      if (parts[4] !== 'tree') {
        return json({ id: repo, sha, lastModified: '2026-01-02T03:04:05.000Z', cardData: { license: 'mit' } });
      }
      const entries = Object.entries(files).map(([path, bytes]) => ({
        type: 'file',
        path,
        size: bytes.length,
        oid: sha1(bytes),
        ...(bytes.length > LARGE ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } } : {}),
      }));
      return json(entries);
    }
    const path = parts.slice(4).join('/');
    const bytes = files[path];
    if (bytes === undefined) return notFound(response, 'EntryNotFound');
    if (bytes.length > LARGE) {
      response.writeHead(302, { location: `${elsewhere ?? `http://${cdn}`}/${version}/-/${path}` }).end();
      return;
    }
    sendRanged(request, response, bytes, `"${sha1(bytes)}"`);
  });
  return {
    url: `http://${host}`,
    cdn,
    asked,
    commit,
    cutNext: (bytes, how = 'break') => (cut = { bytes, how }),
    sendOnTo: (url) => (elsewhere = url),
    hold: (until) => (held = until),
    fetches: (path) => asked.filter(({ line, range }) => line.endsWith(`/-/${path}`) && range === undefined).length,
  };
}

// A bucket service on loopback: s3rver, which verifies signatures, with what may go wrong on the way put before it.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import S3rver from '@20minutes/s3rver';
import { encodePath } from '../../src/gateway/artifacts/source.ts';
import { signRequest } from '../../src/gateway/upstreams/kinds/sigv4.ts';
import { atEnd, tempFolder } from './cleanup.ts';

export interface S3Upstream {
  readonly url: string;
  /** `GET /bucket/key`, with the range and what it was signed with. */
  readonly asked: {
    readonly line: string;
    readonly range?: string | undefined;
    readonly signed?: string | undefined;
  }[];
  /** Breaks the next answer with an object off behind so many bytes. */
  cutNext(address: string, bytes: number): void;
}

/** The only key pair that the service knows. */
export const S3_KEY = 'S3RVER';

function breakOff(response: ServerResponse, bytes: number): void {
  const write = response.write.bind(response) as (chunk: Buffer, done?: () => void) => boolean;
  let left = bytes;
  response.write = ((chunk: Buffer, ...rest: unknown[]) => {
    const part = chunk.subarray(0, Math.max(0, left));
    left -= chunk.length;
    if (left > 0) return write(chunk, rest.at(-1) as () => void);
    write(part, () => setTimeout(() => response.destroy(), 20));
    return false;
  }) as typeof response.write;
}

/** Puts an object, or with an empty key the bucket itself, by a signed request. */
export async function putObject(url: string, bucket: string, key: string, bytes: Buffer): Promise<void> {
  const path = `/${encodePath(key === '' ? bucket : `${bucket}/${key}`)}`;
  const digest = createHash('sha256').update(bytes).digest('hex');
  const { host } = new URL(url);
  const signed = signRequest(
    { method: 'PUT', path, headers: { host, 'x-amz-content-sha256': digest }, body: bytes },
    { accessKeyId: S3_KEY, secretAccessKey: S3_KEY },
    { region: 'us-east-1', service: 's3' },
    Date.now(),
  );
  const headers = { 'x-amz-content-sha256': digest, ...signed };
  const answer = await fetch(`${url}${path}`, { method: 'PUT', headers, body: new Uint8Array(bytes) });
  if (answer.status !== 200) throw new Error(`put: ${answer.status} ${await answer.text()}`);
}

/** @param objects - by bucket and key: `bucket/some/key` */
export async function startS3Upstream(objects: Readonly<Record<string, Buffer>>): Promise<S3Upstream> {
  const buckets = [...new Set(Object.keys(objects).map((address) => address.split('/')[0]!))];
  const configureBuckets = buckets.map((name) => ({ name, configs: [] }));
  const service = new S3rver({ directory: tempFolder(), silent: true, vhostBuckets: false, configureBuckets });
  await service.configureBuckets();
  const handle = service.callback();
  const asked: S3Upstream['asked'] = [];
  let cut: { readonly address: string; readonly bytes: number } | undefined;
  const server = createServer((request, response) => {
    const { authorization, range } = request.headers;
    asked.push({ line: `${request.method} ${request.url}`, range, signed: authorization });
    if (cut !== undefined && request.method === 'GET' && request.url === `/${cut.address}`) {
      breakOff(response, cut.bytes);
      cut = undefined;
    }
    handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const [address, bytes] of Object.entries(objects)) {
    const [bucket = '', ...key] = address.split('/');
    await putObject(url, bucket, key.join('/'), bytes);
  }
  asked.length = 0;
  return { url, asked, cutNext: (address, bytes) => (cut = { address, bytes }) };
}

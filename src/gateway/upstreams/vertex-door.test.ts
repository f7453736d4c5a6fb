// Vertex AI as servers on loopback see it: the token service, which checks the assertion, and the model's address.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect, it } from 'vitest';
import type { AncileError } from '../../base/index.ts';
import { type LlmSurface, anthropicCountTokens, anthropicMessages } from '../../codec/index.ts';
import type { Upstream } from '../../contract/index.ts';
import type { OutletRequest } from '../../net/index.ts';
import { atEnd } from '../../../test/harness/cleanup.ts';
import { beginStream, sendJson, startUpstream } from '../../../test/harness/upstream.ts';
import { type DoorSecrets, type OpenDoor, openDoor } from './open-door.ts';

const TIMEOUTS = { connections: 2, connectTimeout: 1000, headersTimeout: 1000, idleTimeout: 1000 };
const MESSAGE = { model: 'x', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const PUBLIC = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));

const accountFile = (tokenUri: string, rest: object = {}): string =>
  JSON.stringify({
    type: 'service_account',
    client_email: 'gateway@project-one.iam.gserviceaccount.com',
    private_key_id: 'key-id-1',
    private_key: PEM,
    token_uri: tokenUri,
    ...rest,
  });

const upstreamAt = (baseUrl: string): Upstream =>
  ({ kind: 'vertex', baseUrl, project: 'project-one', location: 'europe-west1' }) as Upstream;

function open(baseUrl: string, secrets: DoorSecrets, clock: () => number = Date.now): OpenDoor {
  const door = openDoor({ name: 'main', upstream: upstreamAt(baseUrl), secrets, timeouts: TIMEOUTS, clock });
  atEnd(() => door.close());
  return door;
}

const prepare = async (
  door: OpenDoor,
  { surface = anthropicMessages, model = 'claude-x@20260101', stream = false, body = {} } = {} as {
    surface?: LlmSurface;
    model?: string;
    stream?: boolean;
    body?: object;
  },
): Promise<OutletRequest> =>
  door.prepare({ surface, body: { ...MESSAGE, ...body }, model, stream, headers: { 'anthropic-beta': 'b-1' } });

/** Checks an assertion as Google does. @returns its claims */
function checkAssertion(form: string, audience: string, now: number): Record<string, unknown> {
  const fields = new URLSearchParams(form);
  expect(fields.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
  const [head, claims, signature] = fields.get('assertion')!.split('.') as [string, string, string];
  const decode = (text: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(text, 'base64url').toString()) as never;
  expect(decode(head)).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-id-1' });
  const good = verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), PUBLIC, Buffer.from(signature, 'base64url'));
  expect(good).toBe(true);
  expect(decode(claims)).toMatchObject({
    aud: audience,
    iat: Math.floor(now / 1000),
    exp: Math.floor(now / 1000) + 3600,
  });
  return decode(claims);
}

interface TokenService {
  readonly uri: string;
  readonly forms: string[];
  /** What the next requests get. */
  answer(status: number, body: unknown): void;
}

/** A token service that hands out `token-1`, `token-2`... unless told otherwise. */
async function startTokenService(): Promise<TokenService> {
  const forms: string[] = [];
  let told: [status: number, body: unknown] | undefined;
  const server = createServer((request, response) => {
    let form = '';
    request.on('data', (chunk: Buffer) => (form += chunk.toString()));
    request.on('end', () => {
      expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded');
      forms.push(form);
      const [status, body] = told ?? [200, { access_token: `token-${forms.length}`, expires_in: 3600 }];
      sendJson(response, body, status);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?x=1`;
  return { uri, forms, answer: (status, body) => (told = [status, body]) };
}

it('asks with a token that it fetched, keeps it, and fetches the next in time', async () => {
  let now = Date.parse('2026-01-02T03:04:05Z');
  const service = await startTokenService();
  const door = open('http://127.0.0.1:9/v1', { serviceAccount: accountFile(service.uri) }, () => now);
  expect(door.keys).toEqual([]);
  const together = await Promise.all([prepare(door), prepare(door), prepare(door)]);
  expect(together.map(({ headers }) => headers['authorization'])).toEqual(Array(3).fill('Bearer token-1'));
  expect(service.forms).toHaveLength(1);
  expect(checkAssertion(service.forms[0]!, service.uri, now)).toMatchObject({
    iss: 'gateway@project-one.iam.gserviceaccount.com',
    scope: 'https://www.googleapis.com/auth/cloud-platform',
  });
  now += 3_539_000;
  expect((await prepare(door)).headers['authorization']).toBe('Bearer token-1');
  now += 2000;
  expect((await prepare(door)).headers['authorization']).toBe('Bearer token-2');
  expect(door.keys).toEqual(['token-2', 'token-1']);
  expect(door.confidential).toEqual(expect.arrayContaining(['token-2', 'project-one', '127.0.0.1']));
});

it('words requests as Vertex takes them', async () => {
  const server = await startUpstream((response) => {
    if (server.received.at(-1)?.body['stream'] === true) beginStream(response)('data: {}\n\n');
    else sendJson(response, {});
    response.end();
  });
  const door = open(server.url, { apiKey: 'given-token' });
  const send = async (...options: Parameters<typeof prepare> extends [OpenDoor, ...infer R] ? R : never) => {
    await door.outlet.collect(await prepare(door, ...options), 1000);
    return server.received.at(-1)!;
  };
  const models = '/v1/projects/project-one/locations/europe-west1/publishers/anthropic/models';
  const whole = await send({ body: { anthropic_version: 'mine' } });
  expect(whole.path).toBe(`${models}/claude-x@20260101:rawPredict`);
  const { model: _, ...rest } = MESSAGE;
  expect(whole.body).toEqual({ anthropic_version: 'vertex-2023-10-16', ...rest });
  expect(whole.headers).toMatchObject({ authorization: 'Bearer given-token', 'anthropic-beta': 'b-1' });
  expect(whole.headers['anthropic-version']).toBeUndefined();
  const streamed = await send({ stream: true, body: { stream: true }, model: 'a/b:c' });
  expect(streamed.path).toBe(`${models}/a%2Fb%3Ac:streamRawPredict`);
  expect(streamed.body).toMatchObject({ stream: true });
  expect(streamed.headers.accept).toBe('text/event-stream');
  const counted = await send({ surface: anthropicCountTokens });
  expect(counted.path).toBe(`${models}/count-tokens:rawPredict`);
  expect(counted.body).toMatchObject({ model: 'claude-x@20260101' });
  expect(door.keys).toEqual(['given-token']);
  expect(await door.listModels()).toEqual([]);
});

it.each([
  [500, {}, 'upstream_unreachable'],
  [400, { error: 'invalid_grant' }, 'upstream_refused'],
  [200, { access_token: 'a\r\nb', expires_in: 60 }, 'upstream_malformed'],
  [200, { access_token: 'a' }, 'upstream_malformed'],
  [200, 'nothing', 'upstream_malformed'],
])('has no token where the service answers %d %j, and asks again next time', async (status, body, code) => {
  const service = await startTokenService();
  const door = open('http://127.0.0.1:9/v1', { serviceAccount: accountFile(service.uri) });
  service.answer(status, body);
  await expect(prepare(door)).rejects.toMatchObject({ code });
  service.answer(200, { access_token: 'late', expires_in: 3600 });
  expect((await prepare(door)).headers['authorization']).toBe('Bearer late');
});

it('says that the token service cannot be reached, and not where it is', async () => {
  const door = open('http://127.0.0.1:9/v1', { serviceAccount: accountFile('http://127.0.0.1:9/token') });
  const failure = (await prepare(door).catch((thrown: unknown) => thrown)) as AncileError;
  expect(failure.code).toBe('upstream_unreachable');
  expect(failure.message).not.toContain('127.0.0.1');
});

const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });

it.each([
  ['no file and no key', {}],
  ['both', { apiKey: 'a', serviceAccount: accountFile('https://t.example/token') }],
  ['no JSON', { serviceAccount: PEM }],
  ['another type', { serviceAccount: accountFile('https://t.example/token', { type: 'authorized_user' }) }],
  ['no address', { serviceAccount: accountFile('https://t.example/token', { client_email: '' }) }],
  ['a key that is none', { serviceAccount: accountFile('https://t.example/token', { private_key: 'SECRET-PEM' }) }],
  ['a weak key', { serviceAccount: accountFile('https://t.example/token', { private_key: weak }) }],
  ['a key of another kind', { serviceAccount: accountFile('https://t.example/token', { private_key: curve }) }],
  ['plain text beyond loopback', { serviceAccount: accountFile('http://t.example/token') }],
  ['a password in the address', { serviceAccount: accountFile('https://u:p@t.example/token') }],
])('refuses at the start: %s', (_what, secrets) => {
  let failure: unknown;
  try {
    open('http://127.0.0.1:9/v1', secrets);
  } catch (thrown) {
    failure = thrown;
  }
  expect(failure).toMatchObject({ code: 'config_invalid' });
  expect(String((failure as AncileError).message)).toContain('upstreams.main');
  expect(String((failure as AncileError).message)).not.toMatch(/SECRET-PEM|PRIVATE KEY/);
});

// Tokens of an authorization server at the gateway for tool servers: metadata, issuer, audience, scopes, and no pass-through.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { beforeAll, expect, it } from 'vitest';
import { atEnd } from '../harness/cleanup.ts';
import { type TestTools, approveAll, connectAgent, saidBy, startTools } from '../harness/mcp.ts';
import { type TestServer, startTestServer } from '../harness/server.ts';

const ISSUER = 'https://login.example';
const RESOURCE = 'http://127.0.0.1:8700';

let tools: TestTools;
let server: TestServer;
let sign: (
  claims: Record<string, unknown>,
  more?: { audience?: string; issuer?: string; expires?: string },
) => Promise<string>;
let fetched = 0;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  const keys = createServer((_request, response) => {
    fetched++;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((done) => keys.listen(0, '127.0.0.1', done));
  atEnd(() => new Promise((done) => keys.close(done)));
  sign = (claims, { audience = `${RESOURCE}/mcp`, issuer = ISSUER, expires = '5m' } = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject('agent-7')
      .setExpirationTime(expires)
      .sign(privateKey);
  tools = await startTools();
  server = await startTestServer({
    mcp: {
      resource: RESOURCE,
      servers: { notes: { url: tools.url, pin: 'first_use' } },
      authorization: { issuer: ISSUER, jwks: `http://127.0.0.1:${(keys.address() as AddressInfo).port}/keys` },
    },
  });
});

const status = async (token: string): Promise<number> =>
  (await fetch(`${server.address}/mcp`, { method: 'GET', headers: { authorization: `Bearer ${token}` } })).status;

it('tells clients where tokens come from', async () => {
  const refused = await fetch(`${server.address}/mcp/notes`, { method: 'POST', body: '{}' });
  expect(refused.status).toBe(401);
  const told = refused.headers.get('www-authenticate')!;
  expect(told).toBe(`Bearer resource_metadata="${RESOURCE}/.well-known/oauth-protected-resource/mcp/notes"`);
  const document = await fetch(`${server.address}/.well-known/oauth-protected-resource/mcp/notes`);
  expect(await document.json()).toMatchObject({
    resource: `${RESOURCE}/mcp/notes`,
    authorization_servers: [ISSUER],
    scopes_supported: ['mcp:notes'],
  });
});

it('lets in whose token is meant for here, as far as its scopes go, and passes no token on', async () => {
  const token = await sign({ scope: 'openid mcp:notes:echo' });
  const agent = await connectAgent(server, token);
  await agent.listTools();
  await approveAll(server);
  expect((await agent.listTools()).tools.map(({ name }) => name)).toEqual(['notes__echo']);
  expect(saidBy(await agent.callTool({ name: 'notes__echo', arguments: { text: 'hi' } }))).toBe('hi');
  const refused = await agent.callTool({ name: 'notes__read_note', arguments: {} });
  expect(refused.isError).toBe(true);
  expect(JSON.stringify(tools.requests)).not.toContain(token);
  const opened = (await server.records()).find((each) => each.kind === 'exchange.opened');
  expect(opened).toMatchObject({ exchange: { principal: { id: `oidc:${ISSUER}#agent-7`, kind: 'agent' } } });
});

it('refuses tokens for others, of others, expired, unsigned or altered, without asking for keys each time', async () => {
  const good = await sign({ scope: 'mcp:notes' });
  // Good, but without a session: the request itself is wrong then.
  expect(await status(good)).toBe(400);
  // Meant for one server, it is good there alone.
  expect(await status(await sign({ scope: 'mcp:notes' }, { audience: `${RESOURCE}/mcp/notes` }))).toBe(401);
  const before = fetched;
  expect(await status(await sign({}, { audience: 'https://other.example/mcp' }))).toBe(401);
  expect(await status(await sign({}, { issuer: 'https://evil.example' }))).toBe(401);
  expect(await status(await sign({}, { expires: '1 minute ago' }))).toBe(401);
  const [, claims, signature] = good.split('.');
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  expect(await status(`${none}.${claims}.${signature}`)).toBe(401);
  const unknown = Buffer.from('{"alg":"ES256","kid":"two"}').toString('base64url');
  expect(await status(`${unknown}.${claims}.${signature}`)).toBe(401);
  expect(fetched).toBe(before);
});

it('an identity is revoked like a key: at once, with what it has under way, whatever new token comes', async () => {
  const token = await sign({ scope: 'mcp:notes' });
  const principal = `oidc:${ISSUER}#agent-7`;
  const agent = await connectAgent(server, token);
  await agent.listTools();
  const revoked = await server.admin.contain({ action: 'revoke', target: { principal } });
  expect(revoked).toMatchObject({ state: 'effective', effectMs: expect.any(Number) as number });
  expect(revoked.cut).toBeGreaterThan(0);
  await expect(agent.listTools()).rejects.toThrow();
  // A token that is new is worth no more.
  await expect(connectAgent(server, await sign({ scope: 'mcp:notes' }))).rejects.toThrow(/stopped while an incident/);
  await server.admin.liftContainment({ id: revoked.id });
  await (await connectAgent(server, token)).listTools();
  await expect(server.admin.contain({ action: 'revoke', target: { principal: 'oidc:*' } })).rejects.toThrow(
    /no such key/,
  );
});

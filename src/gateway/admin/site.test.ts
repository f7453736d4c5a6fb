// Which requests a browser can be made to send, and which of them are refused.
import type { IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import { type Site, checkSite, isSecure } from './site.ts';

const LOCAL: Site = { tls: false, host: '127.0.0.1', publicUrl: undefined };
const PROXIED: Site = { tls: false, host: '10.0.0.5', publicUrl: 'https://ancile.example/' };

function verdict(site: Site, headers: IncomingHttpHeaders, method = 'POST'): string {
  try {
    checkSite({ method, headers }, site);
    return 'passes';
  } catch (thrown) {
    return thrown instanceof AncileError ? `${thrown.code} ${thrown.at}` : String(thrown);
  }
}

describe('the host that a request names', () => {
  it.each([
    ['127.0.0.1:8700', 'passes'],
    ['localhost:8700', 'passes'],
    ['LOCALHOST', 'passes'],
    ['[::1]:8700', 'passes'],
    ['10.1.2.3:8700', 'passes'],
    ['evil.example:8700', 'forbidden host'],
    ['localhost.evil.example', 'forbidden host'],
    ['127.0.0.1.evil.example', 'forbidden host'],
    ['ancile.example', 'forbidden host'],
    ['', 'forbidden host'],
    ['127.0.0.1:8700@evil.example', 'forbidden host'],
  ])('%s: %s', (host, expected) => {
    expect(verdict(LOCAL, { host })).toBe(expected);
  });

  it('is the public name too, where there is one', () => {
    expect(verdict(PROXIED, { host: 'ancile.example' })).toBe('passes');
    expect(verdict(PROXIED, { host: 'ancile.example.evil' })).toBe('forbidden host');
    expect(verdict({ ...LOCAL, host: 'gateway.corp' }, { host: 'gateway.corp:8700' })).toBe('passes');
    expect(verdict(LOCAL, {})).toBe('forbidden host');
  });

  it('is never a name that somebody else could hold', () => {
    fc.assert(
      fc.property(fc.domain(), (host) => {
        expect(verdict(LOCAL, { host })).toBe('forbidden host');
      }),
    );
  });
});

describe('the site that a request comes from', () => {
  const host = '127.0.0.1:8700';
  it.each([
    [{ origin: 'http://127.0.0.1:8700', 'sec-fetch-site': 'same-origin' }, 'passes'],
    [{}, 'passes'],
    [{ origin: 'http://127.0.0.1:9000' }, 'forbidden origin'],
    [{ origin: 'https://127.0.0.1:8700' }, 'forbidden origin'],
    [{ origin: 'https://evil.example' }, 'forbidden origin'],
    [{ origin: 'null' }, 'forbidden origin'],
    [{ 'sec-fetch-site': 'cross-site' }, 'forbidden sec-fetch-site'],
    [{ 'sec-fetch-site': 'same-site' }, 'forbidden sec-fetch-site'],
    [{ 'sec-fetch-site': 'none' }, 'forbidden sec-fetch-site'],
  ])('%j: %s', (headers, expected) => {
    expect(verdict(LOCAL, { host, ...headers } as IncomingHttpHeaders)).toBe(expected);
  });

  it('may be none, for what only looks', () => {
    expect(verdict(LOCAL, { host, 'sec-fetch-site': 'none' }, 'GET')).toBe('passes');
    expect(verdict(LOCAL, { host, 'sec-fetch-site': 'cross-site' }, 'GET')).toBe('forbidden sec-fetch-site');
  });

  it('is the public one behind a proxy, whatever name the proxy asks us by', () => {
    const origin = 'https://ancile.example';
    expect(verdict(PROXIED, { host: '10.0.0.5:8700', origin })).toBe('passes');
    expect(verdict(PROXIED, { host: 'ancile.example', origin })).toBe('passes');
    expect(verdict(PROXIED, { host: 'ancile.example', origin: 'https://ancile.example.evil' })).toBe(
      'forbidden origin',
    );
  });
});

it('keeps the cookie to TLS where browsers come by TLS', () => {
  expect([LOCAL, PROXIED, { ...LOCAL, tls: true }].map(isSecure)).toEqual([false, true, true]);
});

// A client must not be able to choose its address: only what a trusted proxy appended counts.
import { expect, it } from 'vitest';
import { createAddressOf } from './client-address.ts';

const ask = (trusted: string[], remoteAddress: string, forwarded?: string | string[]) =>
  createAddressOf(trusted)({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded as string },
  });
const OURS = ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'];

it.each([
  // Nobody is trusted unless he is named; and who is not says nothing of another.
  [[], '10.0.0.1', '203.0.113.9', '10.0.0.1'],
  [OURS, '203.0.113.7', '203.0.113.9', '203.0.113.7'],
  [OURS, '10.0.0.1', undefined, '10.0.0.1'],
  [OURS, '10.0.0.1', '', '10.0.0.1'],
  [OURS, '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  [OURS, '::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9'],
  [OURS, '2001:db8::1', '2001:0db9::7', '2001:0db9::7'],
  [OURS, '192.0.2.1', '[2001:db9::7]:443', '2001:db9::7'],
  [OURS, '192.0.2.2', '203.0.113.9', '192.0.2.2'],
  // What a client wrote stands to the left of what the proxies wrote.
  [OURS, '10.0.0.1', '1.1.1.1, 203.0.113.9', '203.0.113.9'],
  [OURS, '10.0.0.1', '1.1.1.1, 203.0.113.9:5000, 10.0.0.2', '203.0.113.9'],
  [OURS, '10.0.0.1', ['1.1.1.1', '203.0.113.9'], '203.0.113.9'],
  [OURS, '10.0.0.1', '10.9.9.9', '10.9.9.9'],
  [OURS, '10.0.0.1', '203.0.113.9, nonsense, 10.0.0.2', '10.0.0.2'],
  [OURS, '10.0.0.1', 'unknown', '10.0.0.1'],
  [OURS, '10.0.0.1', `${'1.1.1.1,'.repeat(1000)}203.0.113.9`, '203.0.113.9'],
])('of %j, %s and %j it is %s', (trusted, peer, forwarded, address) =>
  expect(ask(trusted, peer, forwarded)).toBe(address),
);

// What records say of where a request came from: a network and no address, a trace and nothing else.
import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { createAddressOf } from './client-address.ts';
import { marksOf, networkOf } from './marks.ts';

const addressOf = createAddressOf([]);

it.each([
  ['192.0.2.77', '192.0.2'],
  ['::ffff:192.0.2.77', '192.0.2'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1'],
  ['2001:0DB8:0001::6', '2001:db8:1'],
  ['fe80::1%eth0', 'fe80:0:0'],
  ['::1', '0:0:0'],
  ['not an address', undefined],
])('%s is of the network %s', (address, network) => expect(networkOf(address)).toBe(network));

it('marks nothing that is not asked for, and takes no trace that is not one', () => {
  const request = (traceparent: string): IncomingMessage =>
    ({ socket: { remoteAddress: '192.0.2.77' }, headers: { traceparent } }) as unknown as IncomingMessage;
  const good = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const label = (text: string): string => `<${text}>`;
  expect(marksOf(request(good), undefined, label)).toEqual({});
  expect(marksOf(request(good), { networks: false, traces: true, addressOf }, label)).toEqual({ trace: good });
  expect(marksOf(request(good), { networks: true, traces: false, addressOf }, label)).toEqual({
    network: '<network\u0000192.0.2>',
  });
  for (const bad of [
    '',
    'x',
    good.replace('-01', '-00'),
    good.replace('00-', 'ff-'),
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `${good}\r\nx: y`,
  ]) {
    expect(marksOf(request(bad), { networks: false, traces: true, addressOf }, label)).toEqual({});
  }
});

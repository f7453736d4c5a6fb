import { expect, it } from 'vitest';
import { readMessage } from './json-rpc.ts';
import { createLineReader } from './link/lines.ts';

it('reads requests, notices and both kinds of answers', () => {
  expect(readMessage({ jsonrpc: '2.0', id: 'a', method: 'ping' })).toEqual({
    kind: 'request',
    id: 'a',
    method: 'ping',
    params: {},
  });
  expect(readMessage({ jsonrpc: '2.0', method: 'x/y', params: { a: 1 } })).toMatchObject({ kind: 'notice' });
  expect(readMessage({ jsonrpc: '2.0', id: 1, result: {} })).toMatchObject({ kind: 'answer', outcome: { result: {} } });
  const failed = { jsonrpc: '2.0', id: null, error: { code: -1, message: 'm', more: 1 } };
  expect(readMessage(failed)).toEqual({ kind: 'answer', id: '', outcome: { error: { code: -1, message: 'm' } } });
});

it.each([
  [null],
  [[]],
  [{ id: 1, method: 'ping' }],
  [{ jsonrpc: '2.0', id: 1.5, method: 'ping' }],
  [{ jsonrpc: '2.0', id: {}, method: 'ping' }],
  [{ jsonrpc: '2.0', id: 1, method: 'a b' }],
  [{ jsonrpc: '2.0', id: 1, method: 'ping', params: [1] }],
  [{ jsonrpc: '2.0', id: 1 }],
  [{ jsonrpc: '2.0', id: 1, error: 'no' }],
  [{ jsonrpc: '2.0', id: 'a'.repeat(201), method: 'ping' }],
])('refuses %j', (value) => {
  expect(() => readMessage(value)).toThrow(/no message of JSON-RPC/);
});

it('takes lines however they are split, tells what is no message, and ends beyond the bound', () => {
  const taken: string[] = [];
  const rejected: string[] = [];
  const reader = createLineReader(
    60,
    (message) => taken.push(message.kind),
    (error) => rejected.push(error.code),
  );
  const text = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n\r\nnot json\n{"jsonrpc":"2.0","method":"é"}\n';
  for (const byte of Buffer.from(text)) reader.push(Buffer.from([byte]));
  reader.push(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}\n{"jsonrpc":"2.0","method":"b"}\n'));
  expect(taken).toEqual(['request', 'request', 'notice']);
  expect(rejected).toHaveLength(2);
  expect(() => reader.push(Buffer.alloc(61, 'a'))).toThrow(/larger than 60 bytes/);
  expect(() =>
    createLineReader(
      60,
      () => undefined,
      () => undefined,
    ).push(Buffer.from(`${'a'.repeat(61)}\n`)),
  ).toThrow();
});

// What registries want to see, as they write it.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseChallenge } from './challenge.ts';

const parse = (value: string | string[]): unknown => parseChallenge({ 'www-authenticate': value });

it('reads where a token is to be had, and that a login is wanted', () => {
  const bearer = 'Bearer realm="https://auth.example.org/token",service="registry",scope="repository:a/b:pull,push"';
  const [realm, service] = ['https://auth.example.org/token', 'registry'];
  const read = { scheme: 'bearer', realm, service, scope: 'repository:a/b:pull,push' };
  expect(parse(bearer)).toEqual(read);
  expect(parse(`Basic realm="x", ${bearer}`)).toEqual(read);
  expect(parse(['Basic realm="x"', bearer])).toEqual(read);
  expect(parse('bearer realm=https://a.example/t')).toEqual({ scheme: 'bearer', realm: 'https://a.example/t' });
  expect(parse('Basic realm="Registry"')).toEqual({ scheme: 'basic' });
  for (const other of ['', 'Negotiate', 'Bearer service="x"']) expect(parse(other)).toBeUndefined();
  expect(parseChallenge({})).toBeUndefined();
});

it('ends with everything', () => {
  fc.assert(fc.property(fc.string({ maxLength: 5000 }), (text) => void parse(`Bearer ${text}`)));
  parse(`Bearer ${'a="'.repeat(100_000)}`);
  parse(`Bearer realm="${'\\'.repeat(100_001)}`);
});

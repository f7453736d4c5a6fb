// What a new configuration changes, by name, and what of it waits.
import { expect, it } from 'vitest';
import { parseConfig } from '../config/index.ts';
import { changedFields, isBound, withoutBound } from './config-changes.ts';

const of = (value: object) => parseConfig(JSON.stringify(value), 'test');

const OPENAI = { kind: 'openai', baseUrl: 'http://127.0.0.1:1/v1' };

it('names what differs, down to the entry', () => {
  const before = of({
    upstreams: { a: OPENAI, b: { kind: 'practice' } },
    models: { '*': { upstream: 'a' } },
  });
  const after = of({
    server: { port: 1 },
    upstreams: { a: { ...OPENAI, concurrency: 2 }, c: { kind: 'practice' } },
    models: { '*': { upstream: 'a' } },
    limits: { concurrency: 7 },
    judge: { model: '*' },
  });
  const fields = changedFields(before, after).sort();
  const expected = ['judge', 'limits.concurrency', 'server.port', 'upstreams.a', 'upstreams.b', 'upstreams.c'];
  expect(fields).toEqual(expected);
  expect(changedFields(after, before).sort()).toEqual(expected);
  expect(fields.filter(isBound)).toEqual(['server.port']);
  expect(withoutBound(before, after)).toEqual({ ...after, server: before.server });
});

it('finds nothing where nothing is different, however it is written', () => {
  expect(changedFields(of({}), of({ limits: { concurrency: 512 } }))).toEqual([]);
});

it.each(['server.host', 'dataDir', 'ledger.anchorFile'])('%s waits for a restart', (field) => {
  expect(isBound(field)).toBe(true);
});

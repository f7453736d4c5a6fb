import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';
import {
  altrep,
  call,
  closure,
  environment,
  GLOBAL,
  NIL,
  pairlist,
  persistent,
  promise,
  rdaFile,
  rdsFile,
  reals,
  string,
  symbol,
  vector,
} from '../../testing/rds.ts';

const SYSTEM = call(symbol('system'), string('id'));
const found = (object: Buffer): string[] => alarms('a.rds', rdsFile(object));

describe('an object of R is clean', () => {
  it.each<[string, Buffer]>([
    ['numbers and texts', vector(reals(1, 2, 3), string('a', 'b'), NIL, GLOBAL)],
    [
      'a fitted model with its call',
      vector(reals(1), call(symbol('lm'), call(symbol('~'), symbol('y'), symbol('x')), symbol('d'))),
    ],
    ['a function', closure(call(symbol('{'), call(symbol('+'), symbol('x'), reals(1))))],
    [
      'an environment with arguments that nobody looked at',
      environment(pairlist({ link: promise(string('logit')), f: promise(call(symbol('stop'), string('no'))) })),
    ],
    ['a compact form', altrep('compact_intseq', 'base', reals(3, 1, 1))],
  ])('with %s', (_, object) => {
    expect(found(object)).toEqual([]);
    expect(scanBytes('a', rdsFile(object))).toMatchObject({ format: 'rds', unseen: [] });
  });
  it('in a workspace', () => {
    const report = scanBytes('a.rda', rdaFile(pairlist({ a: reals(1), f: closure(symbol('x')) })));
    expect(report).toMatchObject({ format: 'rda', verdict: 'clean', findings: [] });
  });
  it('as lines of text', () => {
    expect(scanBytes('a.rds', 'A\n2\n262657\n131840\n19\n2\n14\n1\n1.5\n16\n1\n262153\n3\na\\nb\n')).toMatchObject({
      format: 'rds',
      verdict: 'clean',
    });
  });
});

describe('a promise is found (CVE-2024-27322)', () => {
  it('with the call that it makes', () => {
    const { findings } = scanBytes('a.rds', rdsFile(promise(SYSTEM)));
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'rds.promise',
        severity: 'critical',
        capability: 'execute',
        message: 'calls system("id") as soon as the object is looked at: it is a promise',
      }),
    );
  });
  it('within a list, an environment, a workspace and another promise', () => {
    const other = call(symbol('readLines'), string('http://x'));
    expect(found(vector(reals(1), promise(SYSTEM)))).toContain('critical rds.promise');
    expect(found(vector(promise(other)))).toEqual(['critical rds.promise']);
    expect(found(environment(pairlist({ a: promise(SYSTEM) })))).toContain('critical rds.promise');
    expect(alarms('a.rda', rdaFile(pairlist({ a: promise(other) })))).toEqual(['critical rds.promise']);
    expect(found(promise(call(symbol('identity'), promise(SYSTEM))))).toContain('critical rds.promise');
  });
  it('whatever it is called by', () => {
    expect(found(promise(call(call(symbol('::'), symbol('base'), symbol('system2')), string('id'))))).toContain(
      'critical rds.promise',
    );
    expect(found(promise(call(symbol('do.call'), string('system'), string('id'))))).toContain('critical rds.promise');
    expect(found(promise(call(call(symbol('get'), string('system')), string('id'))))).toContain('critical rds.promise');
    expect(
      found(environment(pairlist({ a: promise(call(symbol('eval'), call(symbol('parse'), string('x')))) }))),
    ).toContain('critical rds.promise');
    expect(found(promise(call(symbol('mine'), string('x'))))).toEqual(['high rds.promise']);
    expect(found(promise(symbol('x')))).toEqual(['medium rds.promise']);
  });
  it('in lines of text and in little-endian', () => {
    const ascii = 'A\n2\n262657\n131840\n5\n252\n6\n1\n262153\n6\nsystem\n2\n16\n1\n262153\n2\nid\n254\n';
    expect(alarms('a.rds', ascii)).toContain('critical rds.promise');
    const words = rdsFile(promise(symbol('xxxx')));
    const little = Buffer.concat([Buffer.from('B\n'), Buffer.from(words.subarray(2)).swap32()]);
    expect(alarms('a.rds', little)).toEqual(['medium rds.promise']);
  });
});

it('finds what R calls by itself, and calls of commands in functions and expressions', () => {
  expect(alarms('a.rda', rdaFile(pairlist({ '.First': closure(call(symbol('cat'), string('hi'))) })))).toEqual([
    'high rds.hook',
  ]);
  expect(found(environment(pairlist({ a: closure(symbol('x')) }, 0x8000)))).toEqual(['medium rds.active']);
  expect(found(closure(SYSTEM))).toEqual(['medium rds.call']);
  expect(found(vector(call(symbol('dyn.load'), string('a.so'))))).toEqual(['medium rds.call']);
});

it('finds values that are restored from elsewhere', () => {
  expect(found(altrep('mmap_real', 'base', string('/etc/passwd')))).toEqual(['high rds.altrep']);
  expect(found(altrep('evil', 'pkg', NIL))).toEqual(['medium rds.altrep']);
  expect(rulesOf('a.rds', rdsFile(persistent('x')))).toEqual(['rds.persistent']);
});

it('finds lengths and types that are none, and nesting that R cannot read', () => {
  expect(found(Buffer.from([0, 0, 0, 14, 0x7f, 0xff, 0xff, 0xff]))).toEqual(['medium rds.malformed']);
  expect(found(Buffer.from([0, 0, 0, 99]))).toEqual(['medium rds.malformed']);
  const deep = Buffer.concat(Array<Buffer>(300_000).fill(Buffer.from([0, 0, 0, 19, 0, 0, 0, 1])));
  expect(found(deep)).toEqual(['medium rds.malformed']);
});

it('ends where numbers of a text are missing, however many are said to follow', () => {
  expect(rulesOf('b.rds', 'A\n2\n262657\n131840\n14\n4294967296\n1')).toEqual(['rds.malformed']);
});

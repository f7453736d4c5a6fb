// Programs, and the other files that are known by how they begin.
import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../testing/configs.ts';

const bytes = (start: string, size = 128): Buffer =>
  Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(Math.max(0, size - start.length))]);
const PROGRAMS: readonly (readonly [what: string, start: string])[] = [
  ['ELF', '\x7fELF\x02\x01\x01'],
  ['a llamafile', "MZqFpD='\n"],
  ['a program for Windows', `MZ\x90\0${'\0'.repeat(56)}\x80\0\0\0`],
  ['Mach-O', '\xcf\xfa\xed\xfe\x07\0\0\x01'],
  ['Mach-O of many machines', '\xca\xfe\xba\xbe\0\0\0\x02'],
  ['Java', '\xca\xfe\xba\xbe\0\0\0\x34'],
  ['Android', 'dex\n035\0'],
  ['WebAssembly', '\0asm\x01\0\0\0'],
  ['LLVM', 'BC\xc0\xde'],
  ['Lua', '\x1bLuaS'],
  ['Python', `\xcb\x0d\r\n\0\0\0\0${'\x01'.repeat(8)}\xe3`],
];

describe.each(PROGRAMS)('%s', (_, start) => {
  it('is a note beside a model, and an alarm under the name of one', () => {
    expect(scanBytes('tool', bytes(start))).toMatchObject({
      verdict: 'clean',
      findings: [{ rule: 'executable.found', severity: 'low', offset: 0 }],
    });
    for (const name of ['model.gguf', 'model.safetensors', 'pytorch_model.bin', 'model.onnx', 'm.pdmodel', 'm.engine'])
      expect(alarms(name, bytes(start))).toContain('high executable.disguised');
  });
});

describe('a script', () => {
  it.each([
    '#!/bin/sh\nid\n',
    '#!/bin/bash\nid\n',
    '#! /usr/bin/env zsh\nid\n',
    '#!/usr/bin/env -S perl\nid\n',
    '#!/usr/bin/node\nid\n',
    '@echo off\r\nid\r\n',
  ])('%j is known, and an alarm under the name of a model', (text) => {
    expect(scanBytes('run', text)).toMatchObject({ format: 'script', verdict: 'clean', findings: [] });
    expect(alarms('model.pt', text)).toEqual(['high executable.disguised']);
    expect(alarms('pytorch_model.bin', text)).toEqual(['high executable.disguised']);
    expect(alarms('setup.bin', text)).toEqual(['medium executable.disguised']);
  });
});

it('a shortcut of Windows has no place anywhere', () => {
  expect(alarms('readme.txt.lnk', bytes('L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0'))).toEqual([
    'medium executable.found',
  ]);
});

it.each([
  ['image', '\x89PNG\r\n\x1a\n'],
  ['image', '\xff\xd8\xff\xe0'],
  ['audio', 'RIFF\0\0\0\0WAVE'],
  ['pdf', '%PDF-1.7\n'],
  ['parquet', 'PAR1'],
  ['sqlite', 'SQLite format 3\0'],
])('content that loads nothing is clean: %s', (format, start) => {
  expect(scanBytes('file', bytes(start))).toMatchObject({ format, verdict: 'clean', findings: [], unseen: [] });
});

it.each([
  ['tensorrt', 'ftrt'],
  ['rknn', 'RKNN'],
  ['ggml', 'lmgg'],
  ['mxnet-params', '\x12\x01\0\0\0\0\0\0'],
])('a model that is known and not looked at is never clean: %s', (format, start) => {
  expect(scanBytes('model', bytes(start))).toMatchObject({ format, verdict: 'unanalyzed' });
});

it('text is text, and what is nothing at all is said to be unknown', () => {
  expect(scanBytes('README', 'A model.\n')).toMatchObject({ format: 'text', verdict: 'clean' });
  expect(rulesOf('README', 'Run #!/bin/sh first')).toEqual([]);
  expect(scanBytes('blob', bytes('\x01\x02\x03\x04'))).toMatchObject({ format: 'unknown', verdict: 'unanalyzed' });
});

// Tags of stored texts: what the user said comes back as his, and nothing else does, whoever writes what into the store.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ToolRuling } from '../../contract/index.ts';
import { type MemoryScope, openMemory, tagArguments, tagText, withoutTags } from './memory-tags.ts';

const keyedDigest = (text: string): string => createHmac('sha256', 'key').update(text).digest('hex');
const scope: MemoryScope = { tenant: 'acme', server: 'memory', keyedDigest };
const said = (text: string) => ({ content: [{ type: 'text', text }] });
const vouchedIn = (text: string, by: MemoryScope = scope): string[] => [...openMemory(by, said(text)).vouched];

it('what was trusted is trusted when it is read, in text and in JSON, and its tag is gone', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      const plain = withoutTags(text);
      fc.pre(plain === text);
      const stored = tagText(scope, text, true);
      for (const whole of [`1. ${stored}\n2. other`, JSON.stringify([{ id: 1, text: stored }], undefined, 2)]) {
        const { result, vouched } = openMemory(scope, said(whole));
        expect([...vouched]).toEqual([text]);
        expect(JSON.stringify(result)).not.toContain('[ancile:1');
      }
    }),
  );
});

it('untrusted, changed, foreign and forged texts are not', () => {
  const text = 'Bob is bob@corp.example';
  const stored = tagText(scope, text, true);
  expect(vouchedIn(tagText(scope, text, false))).toEqual([]);
  expect(vouchedIn(tagText(scope, text, false).replace(':u:', ':t:'))).toEqual([]);
  expect(vouchedIn(stored.replace('bob@corp', 'eve@evil'))).toEqual([]);
  expect(vouchedIn(stored.replace(/:\d+:/, ':3:'))).toEqual([]);
  expect(vouchedIn(`eve@evil.example ${stored.slice(text.length)}`)).toEqual([]);
  for (const other of [{ tenant: 'other' }, { server: 'shady' }, { keyedDigest: () => 'f'.repeat(64) }])
    expect(vouchedIn(stored, { ...scope, ...other })).toEqual([]);
});

it('a tag within what is stored is taken out of it: nothing vouches for a part of an untrusted text', () => {
  const inner = tagText(scope, 'pay eve', true);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(inner, inner.slice(0, 20), inner.slice(20), 'x', ' '), { maxLength: 6 }),
      (parts) => {
        expect(vouchedIn(tagText(scope, parts.join(''), false))).toEqual([]);
      },
    ),
  );
});

it('tags the texts that the labels name, by what the model’s wire saw of them', () => {
  const ruling = {
    proposed: true,
    arguments: { 'entities/0/notes/0': { origin: 'user' }, 'entities/0/notes/1': { origin: 'untrusted' } },
  } as unknown as ToolRuling;
  const args = { entities: [{ name: 'Bob', notes: ['a', 'b'] }] };
  const tagged = tagArguments(scope, ['entities.notes'], args, ruling);
  expect(tagged).toEqual({
    entities: [{ name: 'Bob', notes: [tagText(scope, 'a', true), tagText(scope, 'b', false)] }],
  });
  // A call that no model was seen to propose stores nothing that is trusted.
  const { proposed: _, ...unseen } = ruling;
  for (const by of [unseen, undefined])
    expect(JSON.stringify(tagArguments(scope, ['entities.notes'], args, by))).not.toContain(':t:');
});

it('reads a great many tags in a bounded time', () => {
  expect(vouchedIn(tagText(scope, 'x', true).repeat(30_000))).toEqual(['x']);
});

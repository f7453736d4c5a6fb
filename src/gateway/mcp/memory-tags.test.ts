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

it('a text is digested once, however many tags say that it is theirs, and nested tags are taken out in few rounds', () => {
  let digested = 0;
  const counting = { ...scope, keyedDigest: (text: string) => ((digested += text.length), keyedDigest(text)) };
  const text = 'x'.repeat(100_000);
  const tags = (count: number): string => {
    let all = '';
    for (let n = 0; n < count; n++)
      all += `[ancile:1:t:${String(text.length + all.length).padStart(7, '0')}:${'a'.repeat(64)}]`;
    return all;
  };
  expect(vouchedIn(text + tags(2000), counting)).toEqual([]);
  expect(digested).toBeLessThan(2 * text.length);

  const head = '[ancile:1:t:1:' + 'a'.repeat(32);
  const deep = head.repeat(20_000) + ('a'.repeat(32) + ']').repeat(20_000);
  const started = performance.now();
  expect(withoutTags(tagText(scope, deep, true))).not.toMatch(/\[ancile:1:[tu]:\d+:[0-9a-f]{64}\]/);
  expect(performance.now() - started).toBeLessThan(2000);
});

it('reads a great many tags in a bounded time', () => {
  expect(vouchedIn(tagText(scope, 'x', true).repeat(30_000))).toEqual(['x']);
});

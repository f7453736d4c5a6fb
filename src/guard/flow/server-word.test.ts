// What servers say of their own tools and results: believed of those that are trusted, and of all others only where it tightens.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FieldTrust, FlowLabels, type ResultLabels } from '../../contract/index.ts';
import { Conversation } from './conversation.ts';
import { shippedVocabulary } from './testing/shipped-vocabulary.ts';
import { type ToolHint, createToolBook, trustWith } from './tool-book.ts';
import { weighCall } from './weigh.ts';

const labels = FlowLabels.parse({
  writes: { 'office/send_email': { recipients: 'target', body: 'content' } },
  fields: { 'office/find': { email: 'T', note: 'U' } },
  confidential_reads: ['office/read_mail'],
});
const book = (hint?: ToolHint) => createToolBook(labels, { hint: () => hint, servers: new Set(['office', 'other']) });
const email = (to: string) => ({ tool: 'office/send_email', arguments: { recipients: [to], body: 'x' } });

it('of a result: a trusted server’s word counts, another’s only for less trust', () => {
  const concernsOf = (field: string, more: { labels: ResultLabels; isTrusted: boolean }) => {
    const conversation = new Conversation(book(), shippedVocabulary);
    conversation.noteUser('Find Bob and email him');
    conversation.noteResult({ tool: 'office/find', arguments: {} }, { [field]: 'bob@corp.example' }, more);
    return weighCall(conversation, email('bob@corp.example')).concerns;
  };
  const says = (trust: FieldTrust): ResultLabels => ({ fields: { '*': trust } });
  expect(concernsOf('note', { labels: says('T'), isTrusted: true })).toEqual([]);
  expect(concernsOf('note', { labels: says('T'), isTrusted: false })).toEqual(['target_ungrounded']);
  expect(concernsOf('email', { labels: says('U'), isTrusted: true })).toEqual(['target_ungrounded']);
  expect(concernsOf('email', { labels: says('U'), isTrusted: false })).toEqual(['target_ungrounded']);
  expect(concernsOf('email', { labels: {}, isTrusted: false })).toEqual([]);
});

it('of a result: that it is private is believed of anybody', () => {
  const conversation = new Conversation(book(), shippedVocabulary);
  conversation.noteResult({ tool: 'other/x', arguments: {} }, 'a', { labels: { private: false }, isTrusted: true });
  expect(conversation.private).toBe(false);
  conversation.noteResult({ tool: 'other/x', arguments: {} }, 'a', { labels: { private: true }, isTrusted: false });
  expect(conversation.private).toBe(true);
  const labelled = new Conversation(book(), shippedVocabulary);
  labelled.noteResult({ tool: 'office/read_mail', arguments: {} }, 'a', {
    labels: { private: false },
    isTrusted: true,
  });
  expect(labelled.private).toBe(true);
});

it('of a tool: that it has an effect is believed of anybody, that it has none only of the trusted', () => {
  const effect = (tool: string, hint?: ToolHint) => book(hint).factsOf(tool).effect;
  expect(effect('office/find')).toBe('read');
  expect(effect('office/find', { readOnly: false, writes: true })).toBe('write');
  expect(effect('other/unknown')).toBe('write');
  expect(effect('other/unknown', { readOnly: true })).toBe('read');
  // Labels say what its parameters are, whatever the server says.
  expect(book({ readOnly: true }).factsOf('office/send_email').effect).toBe('write');
});

it('never trusts a field further for the word of a server that is not trusted', () => {
  const order = FieldTrust.options;
  const trust = fc.constantFrom(...order);
  fc.assert(
    fc.property(trust, fc.dictionary(fc.constantFrom('a', 'a.b', '*', '', 'c'), trust), (labelled, fields) => {
      const ruled = trustWith(labelled, { labels: { fields } }, ['a', 'b']);
      expect(order.indexOf(ruled)).toBeGreaterThanOrEqual(order.indexOf(labelled));
    }),
  );
});

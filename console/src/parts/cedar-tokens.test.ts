import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tokenize } from './cedar-tokens.ts';

const coloured = (text: string, grammar: 'cedar' | 'yaml' = 'cedar'): string[] =>
  tokenize(text, grammar)
    .filter((token) => token.kind !== 'plain')
    .map((token) => `${token.kind}:${token.text}`);

it('colours a policy', () => {
  expect(
    coloured('@id("a.b")\nforbid (principal, action == Action::"finding") when { context.score >= 800 }; // so'),
  ).toEqual([
    'annotation:@id',
    'string:"a.b"',
    'keyword:forbid',
    'keyword:principal',
    'keyword:action',
    'string:"finding"',
    'keyword:when',
    'keyword:context',
    'number:800',
    'comment:// so',
  ]);
});

it('keeps a comment sign within a string', () => {
  expect(coloured('"http://x"')).toEqual(['string:"http://x"']);
});

it('colours a manifest', () => {
  expect(coloured("name: default # so\nversion: '1'\nonFault:\n  detect: deny", 'yaml')).toEqual([
    'keyword:name',
    'comment:# so',
    'keyword:version',
    "string:'1'",
    'keyword:onFault',
    'keyword:  detect',
  ]);
});

it('loses nothing', () => {
  const parts = fc.constantFrom('"', "'", '\\', '//', '#', '\n', ' ', '@id', 'permit', '12', ':', 'é', '- ');
  fc.assert(
    fc.property(
      fc.array(parts).map((all) => all.join('')),
      fc.constantFrom('cedar', 'yaml'),
      (text, grammar) => {
        expect(
          tokenize(text, grammar)
            .map((token) => token.text)
            .join(''),
        ).toBe(text);
      },
    ),
  );
});

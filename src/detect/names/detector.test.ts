// Names and addresses: what is found, what is not, and that a stream finds the same.
import { describe, expect, it } from 'vitest';
import { checkBounds } from '../testing/bounds.ts';
import { testContext } from '../testing/plain-view.ts';
import { createView } from '../view.ts';
import { namesDetector } from './detector.ts';

const find = (text: string) => namesDetector.inspect(createView(text), testContext());
const seen = (text: string): string[] =>
  find(text).map((found) => `${found.rule} ${text.slice(found.start, found.end)}`);

const POSITIVE: readonly (readonly [rule: string, before: string, value: string, after: string])[] = [
  ['pii.person', 'The form was signed by ', 'Ingrid Solheim', ' in May.'],
  ['pii.person', 'We asked ', 'Maria del Carmen Ortega', ' about it.'],
  ['pii.person', '', 'Giovanni B. Rinaldi', ' paid the bill'],
  ['pii.person', 'so said ', 'Hannah', ', and left'],
  ['pii.person', 'see Dr. ', 'Okonkwo', ' on Monday'],
  ['pii.person', 'I spoke to Mrs ', 'Lindqvist', ' today'],
  ['pii.person', 'my name is ', 'Zlatogor', ''],
  ['pii.person', 'My name is ', 'laura jimenez', ' and i need help'],
  ['pii.person', 'Name:   ', 'Tsveta Brandvold', '\n'],
  ['pii.person', 'Hi ', 'Mark', ', how are you?'],
  ['pii.person', 'The winner was ', 'Kovács János', '.'],
  ['pii.person', 'Passenger: ', 'HENRIK LARSEN', '\n'],
  ['pii.person', 'Dear ', 'Anne-Marie', ','],
  ['pii.person', 'from ', 'Walter Hughes Jr', '. and me'],
  ['pii.place', 'the shop in ', 'Lisbon', ' is closed'],
  ['pii.place', 'a holiday in ', 'Costa Rica', '.'],
  ['pii.place', 'moved to ', 'Springfield, IL', ' last year'],
  ['pii.place', 'I live in ', 'Oberkirchdorf', ' with two cats'],
  ['pii.place', 'the couple lived near ', 'Eugene, Oregon', ' once'],
  ['pii.place', 'flights from ', 'Turkey', ' are late'],
  ['pii.place', 'offices in ', 'New York City', ''],
  ['pii.address', 'It stands at ', '742 Evergreen Terrace', '.'],
  ['pii.address', 'Send it to ', '1600 N. 5th Ave, Apt. 12B, Dayton, OH 45402', ' please'],
  ['pii.address', 'wohnt in der ', 'Lindenstrasse 14', ''],
  ['pii.address', 'habite ', '8 bis, rue de la Gare', ' depuis'],
  ['pii.address', 'vive en ', 'Calle Mayor 23', ' desde'],
  ['pii.address', 'mieszka przy ', 'ul. Polna 3', ''],
  ['pii.address', '', 'Kossuth utca 12', ' is where'],
  ['pii.address', 'write to ', 'P.O. Box 418', ', and wait'],
  ['pii.address', 'postcode ', 'SW1A 2AA', ''],
  ['pii.address', 'my zip code is ', '60614', '.'],
  ['pii.address', 'Address: ', '45 Carne Azeda 16, Ridgemont', '\n'],
  ['pii.organization', 'works for ', 'Northgate Tools Ltd', '.'],
  ['pii.organization', '', 'Brandt, Mills and Osborne LLC', ' wrote'],
];

describe('what is found', () => {
  it.each(POSITIVE)('%s: %s%s', (rule, before, value, after) => {
    expect(seen(`${before}${value}${after}`)).toContain(`${rule} ${value}`);
  });

  it('is noted and no more: of low severity, and less sure than what policies act on by default', () => {
    for (const [, before, value, after] of POSITIVE) {
      for (const { severity, score, evidence } of find(before + value + after)) {
        expect(['info', 'low']).toContain(severity);
        expect(score).toBeLessThan(0.5);
        expect(evidence).toMatch(/^\*+ \(\d+\)$/);
      }
    }
  });

  it('is found once: a name in a name is none', () => {
    expect(seen('We met Maria Elena Garcia there')).toEqual(['pii.person Maria Elena Garcia']);
    expect(seen('Paris Hilton and Brooklyn Beckham')).not.toContain('pii.place Paris');
  });

  it('misses none of a row of more names than one can have', () => {
    const row = 'Anna Peter Laura Daniel Susan Robert Emma Thomas Nancy Henry';
    const found = find(row);
    for (const { index } of row.matchAll(/\w+/g))
      expect(found.some(({ start, end }) => start <= index && index < end)).toBe(true);
  });

  it('looks through disguises', () => {
    expect(seen('ask Сhristopher M\u200biller')).toHaveLength(1);
    expect(seen('ask Joseph Мiller')).toEqual(['pii.person Joseph Мiller']);
  });
});

describe('what is not', () => {
  it.each([
    [
      'the words that sentences begin with',
      'Will you come? May I ask? Mark my words. Grace is a virtue. Bill me later.',
    ],
    ['days and months', 'On Monday in April or August, not in June.'],
    ['streets, schools and bridges named for people', 'Elizabeth Street, George Washington University, Howard County'],
    ['storms and saints', 'Hurricane Katrina and Lake Victoria'],
    ['German nouns', 'Der Koch und der Bauer trafen den Richter am Dienstag im Garten.'],
    ['headings', 'How To Write Better Unit Tests: Patterns For Larger Teams'],
    ['code', 'class Jordan { getJames() { return this.Robert_id; } } // see Node.js, user@Maria, #Laura'],
    ['paths and addresses', 'https://example.com/Laura/Miller and C:\\Users\\Peter and /home/Anna'],
    ['a contraction that begins like a name', "Don't do it."],
    ['numbers before ordinary words', 'In 2024 The Committee met 12 Apples and 3 Pears. 5 Best Ways'],
    ['a place that is a word', 'Reading books is Nice. Turkey for dinner.'],
    ['five digits that are no postal code', 'The code is 4 and the sum is 12345 today'],
    ['an index', 'the Russell 3000 index'],
  ])('%s', (_name, text) => {
    expect(seen(text)).toEqual([]);
  });
});

describe('bounds', () => {
  const fragments = [
    ...POSITIVE.map(([, before, value, after]) => before + value + after),
    ...POSITIVE.map(([, , value]) => value),
    ...POSITIVE.map(([, , value]) => value.slice(0, Math.ceil(value.length / 2))),
    ...[
      'Anna ',
      'Peter ',
      'Miller',
      'Mr. ',
      'van der ',
      'de la ',
      'J. ',
      ', ',
      'and ',
      "O'",
      'Street',
      'Inc',
      'GmbH',
      'New ',
    ],
    ...[
      'York',
      'San ',
      'my name is ',
      'name: ',
      'address is ',
      '12 ',
      '8 bis',
      'rue ',
      'Suite 4',
      ', TX 75001',
      'APO AE 09012',
    ],
  ];

  it('finds in pieces what it finds whole', () => {
    expect(checkBounds(namesDetector, { fragments, runs: 150 })).toBeGreaterThan(80);
  });
});

// Personal data: what is found, what is not, and that a stream finds the same.
import { describe, expect, it } from 'vitest';
import { checkBounds } from '../testing/bounds.ts';
import { plainView, testContext } from '../testing/plain-view.ts';
import { PII_KINDS, piiDetector } from './detector.ts';

const find = (text: string) => piiDetector.inspect(plainView(text), testContext());
const seen = (text: string): string[] =>
  find(text).map((found) => `${found.rule} ${text.slice(found.start, found.end)}`);

/** Numbers that their issuers publish as examples, or computed to pass the check digits. */
const POSITIVE: readonly (readonly [rule: string, before: string, value: string])[] = [
  ['pii.card', 'Charge my card ', '4111 1111 1111 1111'],
  ['pii.card', 'pay with ', '5500-0000-0000-0004'],
  ['pii.card', '', '378282246310005'],
  ['pii.iban', 'IBAN ', 'GB82 WEST 1234 5698 7654 32'],
  ['pii.iban', '', 'DE89370400440532013000'],
  ['pii.email', 'write to ', 'jane.doe+x@mail.acme.co.uk'],
  ['pii.phone', 'or ', '+44 20 7946 0958'],
  ['pii.phone', 'call me at ', '(415) 555-2671'],
  ['pii.phone', 'phone: ', '030 901820'],
  ['pii.us_ssn', 'SSN ', '536-22-8726'],
  ['pii.us_ssn', 'social security number is ', '536228726'],
  ['pii.us_itin', 'ITIN ', '912-70-1234'],
  ['pii.ca_sin', 'SIN: ', '130 692 544'],
  ['pii.br_cpf', '', '529.982.247-25'],
  ['pii.br_cnpj', 'CNPJ ', '11.222.333/0001-81'],
  ['pii.uk_nino', 'NI number ', 'AB 12 34 56 C'],
  ['pii.uk_nhs', 'NHS ', '943 476 5919'],
  ['pii.de_tax_id', 'Steuer-ID ', '86 095 742 719'],
  ['pii.fr_nir', '', '2 55 08 14 168 025 38'],
  ['pii.es_dni', 'DNI ', '12345678Z'],
  ['pii.es_nie', '', 'X1234567L'],
  ['pii.it_fiscal_code', '', 'RSSMRA85T10A562S'],
  ['pii.nl_bsn', 'BSN ', '111222333'],
  ['pii.pl_pesel', 'PESEL ', '44051401359'],
  ['pii.se_personnummer', 'personnummer ', '811228-9874'],
  ['pii.fi_hetu', '', '131052-308T'],
  ['pii.in_aadhaar', 'Aadhaar ', '2341 2341 2346'],
  ['pii.in_pan', 'PAN ', 'ABCPE1234F'],
  ['pii.cn_resident_id', '身份证号', '11010519491231002X'],
  ['pii.sg_nric', '', 'S1234567D'],
  ['pii.kr_rrn', '', '820701-2409181'],
  ['pii.au_tfn', 'TFN ', '123 456 782'],
  ['pii.passport', 'passport number ', 'L01X00T47'.replace(/[XT]/g, '5')],
  ['pii.driver_license', "driver's license ", 'D1234567'],
  ['pii.birth_date', 'born on ', 'March 4, 1985'],
  ['pii.birth_date', 'date of birth: ', '04/03/1985'],
  ['pii.ip', 'from ', '8.8.4.4'],
  ['pii.ip', 'from ', '2a00:1450:4001:81b::200e'],
  ['pii.ip', 'mac ', '3c:22:fb:0a:91:7e'],
];

describe('what is found', () => {
  it.each(POSITIVE)('%s: %s%s', (rule, before, value) => {
    expect(seen(`${before}${value}.`)).toContain(`${rule} ${value}`);
  });

  it('never shows what it found', () => {
    for (const [, before, value] of POSITIVE) {
      for (const { evidence } of find(`${before}${value}`))
        expect(evidence).not.toMatch(/[0-9]{2}[^)]*[A-Za-z@]|\d{4}/);
    }
  });

  it('has an example of every kind but one', () => {
    const shown = new Set(POSITIVE.map(([rule]) => rule));
    expect(PII_KINDS.map((kind) => kind.rule).filter((rule) => !shown.has(rule))).toEqual(['pii.jp_my_number']);
  });
});

describe('what is not', () => {
  it.each([
    ['a card that fails Luhn', 'my card is 4111 1111 1111 1112'],
    ['a number of another issuer', 'order 1234567812345670'],
    ['an IBAN with a digit changed', 'IBAN GB82 WEST 1234 5698 7654 33'],
    ['an impossible SSN', 'SSN 000-12-3456 and 666-12-3456'],
    ['nine digits without a word', 'part 536228726 is out of stock'],
    ['a version', 'upgrade to version 10.2.3.4 of it'],
    ['a date that is nobody’s birth', 'the meeting of 04/03/2025 went well'],
    ['a time', 'at 12:30:45 today'],
    ['a phone number of no country', 'dial code +999 123'],
    ['a handle', 'thanks @someone for the review'],
    ['arithmetic', '12 + 30 = 42, and 3.14159265358979 is pi'],
    ['a CSS pseudo class', 'a:hover, li::before { color: #fff }'],
    ['a row of the same digits', 'card 0000 0000 0000 0000'],
    ['a UUID', 'id 123e4567-e89b-12d3-a456-426614174000'],
  ])('%s', (_name, text) => {
    expect(seen(text)).toEqual([]);
  });

  it('lets private and documentation addresses pass as information', () => {
    expect(find('at 192.168.1.10 and a@example.com').map((found) => found.severity)).toEqual(['info', 'info']);
  });
});

describe('bounds', () => {
  const words = [
    'card ',
    'phone ',
    'SSN: ',
    'call ',
    'born ',
    'passport ',
    'office',
    '@',
    '+',
    '(',
    ')',
    '00',
    '::',
    'ab',
    'März',
  ];
  const cut = POSITIVE.map(([, , value]) => value.slice(0, Math.ceil(value.length / 2)));
  const fragments = [
    ...POSITIVE.map(([, before, value]) => before + value),
    ...POSITIVE.map(([, , value]) => value),
    ...cut,
    ...words,
  ];

  it('finds in pieces what it finds whole', () => {
    expect(checkBounds(piiDetector, { fragments, runs: 120 })).toBeGreaterThan(80);
  });
});

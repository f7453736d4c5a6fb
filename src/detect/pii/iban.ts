// International bank account numbers: country, length, mod 97.
import { isMod97 } from './checksums.ts';
import { contextBefore, isAlphanumeric, type PiiKind } from './kind.ts';

// Length for each country of the SWIFT IBAN registry.
const LENGTHS = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

/** Each country's accounts, by length: what may still become one. */
const SHAPES = [...new Set(LENGTHS.values())].map((length) => {
  const countries = [...LENGTHS].filter(([, each]) => each === length).map(([country]) => country);
  return new RegExp(`(?:${countries.join('|')})[ -]?\\d[ -]?\\d(?:[ -]?[A-Z0-9]){${length - 4}}(?![A-Z0-9])`);
});

export const iban: PiiKind = {
  rule: 'pii.iban',
  severity: 'high',
  anchors: ['letter'],
  shapes: SHAPES,
  match(text, at) {
    const country = text.folded.slice(at, at + 2).toUpperCase();
    const length = LENGTHS.get(country);
    if (length === undefined) return undefined;
    // Single spaces or dashes may stand between groups: collect the characters of the country's length, no more.
    let value = '';
    let end = at;
    for (let i = at; value.length < length; i++) {
      const code = text.folded.charCodeAt(i);
      if (isAlphanumeric(code)) {
        value += text.folded[i]!;
        end = i + 1;
      } else if (!(code === 32 || code === 45) || !isAlphanumeric(text.folded.charCodeAt(i + 1))) return undefined;
    }
    if (isAlphanumeric(text.folded.charCodeAt(end))) return undefined;
    if (!/^[a-z]{2}\d{2}/i.test(value) || !isMod97(value.toUpperCase())) return undefined;
    return {
      start: at,
      end,
      score: /\biban\b|account|konto|compte|cuenta/.test(contextBefore(text, at)) ? 0.99 : 0.95,
    };
  },
};

// Payment card numbers: issuer prefix, length, grouping and Luhn.
import { isLuhn, isRepeated } from './checksums.ts';
import { contextBefore, digitsOf, endOf, isDigit, type PiiKind } from './kind.ts';

// Groups as people write them: 4-4-4-4(-3), 4-6-5, 4-6-4, or none.
const SHAPE = /\d{4}([ .-]?)(?:\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{6}\1\d{4,5})(?!\d|[.-]\d)/y;
const CONTEXT =
  /\b(?:card|credit|debit|visa|mastercard|master card|amex|american express|maestro|discover|jcb|diners|pan|cc|ccn|carte|karte|tarjeta|carta|cart[aã]o|kort|cvv|cvc)\b|卡号|信用卡|カード/;
// What else is 13 to 19 digits in a row and passes Luhn one time in ten.
const OTHER =
  /\b(?:imei|isbn|ean|upc|gtin|order|tracking|invoice|timestamp|parcel|serial|uuid|id|sku|barcode)\b[^a-z]{0,12}$/;

/** Whether prefix and length are those of an issuer (ISO/IEC 7812 ranges as the networks publish them). */
function isIssued(digits: string): boolean {
  const length = digits.length;
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  if (digits[0] === '4') return length === 13 || length === 16 || length === 19;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (two === 34 || two === 37) return length === 15;
  if (two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059)) return length === 14 || length === 16;
  if (four >= 3528 && four <= 3589) return length >= 16;
  if (four === 6011 || two === 64 || two === 65 || two === 62 || two === 60) return length >= 16;
  // Maestro and the older debit ranges.
  return (two === 50 || (two >= 56 && two <= 58) || two === 63 || two === 67) && length >= 15;
}

export const card: PiiKind = {
  rule: 'pii.card',
  severity: 'high',
  anchors: ['digit'],
  digits: 13,
  shapes: [SHAPE],
  match(text, at) {
    const end = endOf(SHAPE, text.folded, at);
    if (end < 0) return undefined;
    // The tail of a decimal fraction or of a longer grouped number is no card.
    const before = text.folded.charCodeAt(at - 1);
    if ((before === 46 || before === 45) && isDigit(text.folded.charCodeAt(at - 2))) return undefined;
    const digits = digitsOf(text.folded.slice(at, end));
    if (!isIssued(digits) || !isLuhn(digits) || isRepeated(digits)) return undefined;
    const context = contextBefore(text, at);
    if (CONTEXT.test(context)) return { start: at, end, score: 0.98 };
    if (OTHER.test(context)) return undefined;
    // Without a word that says card: 13, 14 and 19 digits are more often something else.
    if (digits.length !== 16 && digits.length !== 15) return { start: at, end, score: 0.5, severity: 'medium' };
    return { start: at, end, score: 0.85 };
  },
};

// E-mail addresses, judged from the @ outwards.
import { isAlphanumeric, type PiiKind } from './kind.ts';

const LOCAL_MOST = 64;
const DOMAIN = /(?=[a-z0-9])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}\.[a-z]{2,24}/y;
const DOMAIN_MOST = 120;
// Addresses reserved for documentation (RFC 2606) and mail that belongs to no person.
const RESERVED = /(?:^|\.)(?:example\.(?:com|org|net|edu)|[a-z0-9-]{1,63}\.(?:example|invalid|test|localhost))$/;
const ROLE =
  /^(?:no-?reply|do-?not-?reply|info|support|contact|sales|help|admin|webmaster|postmaster|abuse|security|press|team|hello|office|git)@/;

function isLocal(code: number): boolean {
  // Letters beyond ASCII occur in real addresses (RFC 6531); the rest are the atext specials people use, and the dot.
  return (
    isAlphanumeric(code) ||
    code === 46 ||
    code === 95 ||
    code === 45 ||
    code === 43 ||
    code === 37 ||
    code === 39 ||
    (code > 191 && code < 0x2000)
  );
}

/** Where the local part starts that an @ at `at` would end. */
export function startOfLocal(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < LOCAL_MOST && isLocal(text.charCodeAt(start - 1))) start--;
  // Quotes and dots around an address are not of it; the walk stays within the local part.
  while (start < at && !isAlphanumeric(text.charCodeAt(start)) && text.charCodeAt(start) < 192) start++;
  return start;
}

export const email: PiiKind = {
  rule: 'pii.email',
  severity: 'low',
  anchors: ['at'],
  shapes: [new RegExp(`@${DOMAIN.source}`)],
  match(text, at) {
    const start = startOfLocal(text.folded, at);
    if (start === at || text.folded[at - 1] === '.') return undefined;
    // user:pass@host and //user@host are credentials in an address, judged elsewhere.
    const before = text.folded[start - 1];
    if (before === ':' && text.folded.slice(Math.max(0, start - 12), start).includes('//')) return undefined;
    const window = text.lower.slice(at + 1, at + 1 + DOMAIN_MOST);
    DOMAIN.lastIndex = 0;
    const domain = DOMAIN.exec(window)?.[0];
    if (domain === undefined || domain.includes('..') || domain.includes('-.')) return undefined;
    const end = at + 1 + domain.length;
    const local = text.lower.slice(start, at);
    if (RESERVED.test(domain)) return { start, end, score: 0.4, severity: 'info' };
    if (ROLE.test(`${local}@`)) return { start, end, score: 0.5, severity: 'info' };
    return { start, end, score: 0.95 };
  },
};

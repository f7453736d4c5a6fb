// The session's cookie, as it is set and as it comes back.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readSessionCookie, renderSessionCookie } from './cookie.ts';

const TOKEN = 'abcdefghijklmnopqrstuvwxyz0123456789_-ABCDE';

it.each([true, false])('comes back as it was set (secure: %s), among others', (secure) => {
  const set = renderSessionCookie(TOKEN, secure);
  expect(set).toMatch(/; Path=\/; HttpOnly; SameSite=Strict/);
  expect(set.includes('Secure')).toBe(secure);
  expect(set.startsWith('__Host-')).toBe(secure);
  expect(set).not.toMatch(/domain/i);
  const pair = set.split(';', 1)[0]!;
  expect(readSessionCookie(`theme=dark; ${pair}; other="x"`, secure)).toBe(TOKEN);
  expect(readSessionCookie(pair, !secure)).toBeUndefined();
  expect(renderSessionCookie(undefined, secure)).toContain('Max-Age=0');
});

it.each([
  undefined,
  '',
  'ancile=',
  'ancile=short',
  `ancile=${TOKEN}; ancile=${TOKEN}`,
  `xancile=${TOKEN}`,
  `ancile="${TOKEN}"`,
  `ancile=${TOKEN}%00`,
  `ancile=${TOKEN}, x`,
])('is none in %j', (header) => {
  expect(readSessionCookie(header, false)).toBeUndefined();
});

it('takes any header for what it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      const found = readSessionCookie(`${before};ancile=${TOKEN};${after}`, false);
      expect([undefined, TOKEN]).toContain(found);
    }),
  );
});

// The second factor: begun, confirmed, asked for, each code good once, lost and recovered, removed.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { codeOf, openHouse, PASSWORD, START, type House } from './testing/house.ts';
import { findTotpStep } from './totp.ts';
import { Secret } from 'otpauth';

const STEP = 30_000;

/** A user with a second factor, whose code of this step is spent. */
async function withFactor(house: House, name = 'anna') {
  const { id, token } = await house.join(name);
  const { secret, uri } = await house.people.beginTotp(token, PASSWORD);
  const { recoveryCodes } = await house.people.confirmTotp(token, codeOf(secret, house.time.now));
  return { id, token, secret, uri, recoveryCodes };
}

it('takes the codes of RFC 6238', () => {
  const secret = Secret.fromLatin1('12345678901234567890').base32;
  // Appendix B, SHA-1, the last six of its eight digits.
  for (const [time, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
  ] as const) {
    expect(findTotpStep(secret, code, time * 1000, 0)).toBe(Math.floor(time / 30));
  }
});

it('is asked for after the password was right, and only then', async () => {
  const house = await openHouse();
  const { secret, uri, token } = await withFactor(house);
  expect(uri).toMatch(
    /^otpauth:\/\/totp\/Ancile:anna\?issuer=Ancile&secret=[A-Z2-7]{32}&algorithm=SHA1&digits=6&period=30$/,
  );
  expect(house.people.authenticate(token)!.user.totp).toBe(true);
  house.time.now += STEP;
  await expect(house.signIn('anna')).rejects.toMatchObject({ code: 'second_factor_required', at: 'code' });
  await expect(house.signIn('anna', { password: 'not this one at all' })).rejects.toMatchObject({
    code: 'unauthenticated',
    at: 'password',
  });
  await expect(house.signIn('anna', { code: '000000' })).rejects.toMatchObject({ code: 'unauthenticated', at: 'code' });
  const code = codeOf(secret, house.time.now);
  await house.signIn('anna', { code: `${code.slice(0, 3)} ${code.slice(3)}` });
  expect(house.records.at(-1)).toMatchObject({ kind: 'session', state: 'begun', reason: 'totp' });
});

it('takes each code once: one step early or late, never twice, never an older one, whatever the order', async () => {
  const house = await openHouse();
  const { secret } = await withFactor(house);
  let accepted = Math.floor(START / STEP);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -3, max: 3 }), async (forward, offset) => {
      house.time.now += forward * STEP;
      const present = Math.floor(house.time.now / STEP);
      const step = present + offset;
      const [result] = await house.tries(1, 'anna', { code: codeOf(secret, step * STEP) });
      if (result === 'locked_out') {
        house.time.now += 24 * 3_600_000;
        return;
      }
      const good = Math.abs(offset) <= 1 && step > accepted;
      expect(result).toBe(good ? 'signed in' : 'unauthenticated');
      if (good) accepted = step;
    }),
    { numRuns: 150 },
  );
});

it('takes one of several who send the same code at the same moment', async () => {
  const house = await openHouse();
  const { secret } = await withFactor(house);
  house.time.now += STEP;
  const code = codeOf(secret, house.time.now);
  const all = await Promise.allSettled(Array.from({ length: 4 }, () => house.signIn('anna', { code })));
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

it('does not take a code again after a restart', async () => {
  const house = await openHouse();
  const { secret } = await withFactor(house);
  const spent = codeOf(secret, house.time.now);
  await expect(house.signIn('anna', { code: spent })).rejects.toMatchObject({ at: 'code' });
  await house.restart();
  await expect(house.signIn('anna', { code: spent })).rejects.toMatchObject({ at: 'code' });
});

it('is replaced, on the day it is lost, by ten codes, each good once', async () => {
  const house = await openHouse();
  const { recoveryCodes } = await withFactor(house);
  expect(new Set(recoveryCodes).size).toBe(10);
  const [first, second, third] = recoveryCodes as [string, string, string];
  expect(first).toMatch(/^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
  await house.signIn('anna', { code: first });
  expect(house.records.at(-1)).toMatchObject({ reason: 'recovery_code' });
  await house.signIn('anna', { code: ` ${second.toUpperCase().replaceAll('-', ' ')}` });
  await house.restart();
  for (const code of [first, second, 'nope-nope-nope-nope']) {
    await expect(house.signIn('anna', { code })).rejects.toMatchObject({ code: 'unauthenticated', at: 'code' });
  }
  const both = await Promise.allSettled([house.signIn('anna', { code: third }), house.signIn('anna', { code: third })]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const stored = JSON.stringify(await house.store.db.selectFrom('recovery_codes').selectAll().execute());
  for (const code of recoveryCodes) expect(stored).not.toContain(code.replaceAll('-', ''));
});

it('counts wrong codes as wrong tries', async () => {
  const house = await openHouse();
  await withFactor(house);
  expect(await house.tries(7, 'anna', { code: '000000' })).toEqual([
    ...Array(5).fill('unauthenticated'),
    'locked_out',
    'locked_out',
  ]);
});

it('lies sealed in the store, of no use to another user or with other keys', async () => {
  const house = await openHouse();
  const { secret, id } = await withFactor(house);
  const other = await withFactor(house, 'bob');
  const rows = await house.store.db.selectFrom('users').selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(secret);
  const sealed = rows.find((row) => row.id === id)!.totp;
  await house.store.db.updateTable('users').set({ totp: sealed }).where('id', '=', other.id).execute();
  await house.restart();
  house.time.now += STEP;
  await expect(house.signIn('bob', { code: codeOf(secret, house.time.now) })).rejects.toMatchObject({
    code: 'store_fault',
  });
});

it('begins with the password and ends the sessions that were begun without it', async () => {
  const house = await openHouse();
  const { token } = await house.join('anna');
  const { token: other } = await house.signIn('anna');
  await expect(house.people.confirmTotp(token, '123456')).rejects.toMatchObject({ code: 'conflict' });
  await expect(house.people.beginTotp(token, 'not this one at all')).rejects.toMatchObject({
    code: 'request_invalid',
    at: 'password',
  });
  const { secret } = await house.people.beginTotp(token, PASSWORD);
  await expect(house.people.confirmTotp(token, '12345')).rejects.toMatchObject({ code: 'request_invalid', at: 'code' });
  await expect(house.people.confirmTotp(other, codeOf(secret, house.time.now))).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(house.people.authenticate(token)!.user.totp).toBe(false);
  house.time.now += 10 * 60_000;
  await expect(house.people.confirmTotp(token, codeOf(secret, house.time.now))).rejects.toMatchObject({
    code: 'conflict',
  });
  const again = await house.people.beginTotp(token, PASSWORD);
  await house.people.confirmTotp(token, codeOf(again.secret, house.time.now));
  expect(house.people.authenticate(other)).toBeUndefined();
  expect(house.people.authenticate(token)).toBeDefined();
});

it('is removed with the password, and by a reset', async () => {
  const house = await openHouse();
  const { token } = await withFactor(house);
  await expect(house.people.removeTotp(token, 'not this one at all')).rejects.toMatchObject({ at: 'password' });
  await house.people.removeTotp(token, PASSWORD);
  await house.signIn('anna');
  const { id } = await withFactor(house, 'bob');
  const { token: link } = await house.people.reset(id, 'owner');
  await house.people.acceptInvite({ token: link, password: PASSWORD, from: '::1' });
  await house.signIn('bob');
  expect(await house.store.db.selectFrom('recovery_codes').selectAll().execute()).toEqual([]);
  const actions = house.records.flatMap((each) =>
    each.kind === 'admin.change' && each.action === 'user.totp' ? [each.detail] : [],
  );
  expect(actions).toEqual(['confirmed', 'removed', 'confirmed']);
});

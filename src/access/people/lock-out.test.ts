// Guessing, and keeping others out by guessing: how long each is kept waiting.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createThrottle } from './throttle.ts';
import { HOUR, MINUTE, openHouse, PASSWORD, START } from './testing/house.ts';
import { placeOf } from './place.ts';

const wrong = { password: 'not this one at all' };

describe('a throttle', () => {
  it('doubles the wait with each wrong try, up to its bound, and forgets', () => {
    const time = { now: 0 };
    const rule = { free: 3, first: 30, most: 200, forget: 10_000 };
    const throttle = createThrottle(rule, () => time.now, 10);
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      throttle.begin('a');
      throttle.fail('a');
      const until = throttle.lockedUntil('a') ?? time.now;
      waits.push(until - time.now);
      time.now = until;
      expect(throttle.lockedUntil('a')).toBeUndefined();
    }
    expect(waits).toEqual([0, 0, 30, 60, 120, 200, 200, 200]);
    time.now += rule.forget + 1;
    throttle.begin('a');
    expect(throttle.fail('a')).toBe(false);
  });

  it('never lets more tries through than it says, however they overlap', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('begin', 'fail', 'release', 'wait'), { maxLength: 200 }), (steps) => {
        const time = { now: 0 };
        const throttle = createThrottle({ free: 5, first: 100, most: 1000, forget: 1e9 }, () => time.now, 10);
        let open = 0;
        let wrong = 0;
        let waits = 0;
        for (const step of steps) {
          if (step === 'begin' && throttle.lockedUntil('a') === undefined && throttle.hasRoom('a')) {
            throttle.begin('a');
            open++;
          } else if (step === 'fail' && open > 0) {
            open--;
            wrong++;
            throttle.fail('a');
          } else if (step === 'release' && open > 0) {
            open--;
            throttle.release('a');
          } else if (step === 'wait') {
            const until = throttle.lockedUntil('a');
            if (until === undefined) continue;
            time.now = until;
            waits++;
          }
          expect(wrong).toBeLessThanOrEqual(5 + waits);
        }
      }),
    );
  });

  it('keeps a bounded number of counts, and of those the latest', () => {
    const throttle = createThrottle({ free: 1, first: 1000, most: 1000, forget: 1e9 }, () => 0, 3);
    for (const key of ['a', 'b', 'c', 'd']) {
      throttle.begin(key);
      throttle.fail(key);
    }
    expect(['a', 'b', 'c', 'd'].map((key) => throttle.lockedUntil(key))).toEqual([undefined, 1000, 1000, 1000]);
  });
});

describe('from one place', () => {
  it('five wrong tries are free, then each costs a longer wait, told to the user and on record', async () => {
    const house = await openHouse();
    await house.join('anna');
    const codes = await house.tries(6, 'anna', wrong);
    expect(codes).toEqual([...Array(5).fill('unauthenticated'), 'locked_out']);
    const until = new Date(START + 30_000).toISOString();
    await expect(house.signIn('anna')).rejects.toMatchObject({
      code: 'locked_out',
      status: 429,
      message: expect.stringContaining(until),
    });
    expect(house.people.list()[0]!.lockedUntil).toBe(until);
    house.time.now += 30_000;
    expect(await house.tries(2, 'anna', wrong)).toEqual(['unauthenticated', 'locked_out']);
    house.time.now += 60_000 - 1;
    expect(await house.tries(1, 'anna')).toEqual(['locked_out']);
    house.time.now += 1;
    expect(await house.tries(1, 'anna')).toEqual(['signed in']);
    expect(house.people.list()[0]!.lockedUntil).toBeUndefined();
    expect((await house.tries(6, 'anna', wrong))[4]).toBe('unauthenticated');
    await house.people.close();
    const locked = house.records.filter((each) => each.kind === 'session' && each.state === 'locked');
    expect(locked).toMatchObject([{ actor: 'anna', reason: 'wrong_password', count: 3 }]);
  });

  it('a name that nobody has is locked alike', async () => {
    const house = await openHouse();
    await house.join('anna');
    expect(await house.tries(7, 'nobody', wrong)).toEqual(await house.tries(7, 'anna', wrong));
  });

  it('tries at the same moment count before their result is known', async () => {
    const house = await openHouse();
    await house.join('anna');
    const all = await Promise.all(
      Array.from({ length: 20 }, () => house.signIn('anna', wrong).catch((error: { code: string }) => error.code)),
    );
    const looked = all.filter((code) => code === 'unauthenticated').length;
    expect(looked).toBeGreaterThan(0);
    expect(looked).toBeLessThanOrEqual(5);
  });

  it('never waits longer than a quarter of an hour', async () => {
    const house = await openHouse();
    await house.join('anna');
    await house.tries(5, 'anna', wrong);
    for (let i = 0; i < 10; i++) {
      house.time.now += 15 * MINUTE;
      await house.tries(1, 'anna', wrong);
    }
    house.time.now += 15 * MINUTE;
    expect(await house.tries(1, 'anna')).toEqual(['signed in']);
  });
});

describe('from everywhere', () => {
  it('the guesses of many addresses are bounded together, below a hundred a day', async () => {
    const house = await openHouse();
    await house.join('anna');
    let guesses = 0;
    // A new address for every try, for a day, a try every half minute.
    for (let i = 0; i < 24 * 120; i++) {
      const [code] = await house.tries(1, 'anna', { ...wrong, from: `10.1.${i >> 8}.${i & 255}` });
      if (code === 'unauthenticated') guesses++;
      house.time.now += 30_000;
    }
    expect(guesses).toBeGreaterThan(25);
    expect(guesses).toBeLessThan(100);
  });

  it('do not lock out a browser that he signed in with before', async () => {
    const house = await openHouse();
    const { device } = await house.join('anna');
    const from = '203.0.113.9';
    for (let i = 0; i < 60; i++) {
      await house.tries(1, 'anna', { ...wrong, from: i % 2 === 0 ? from : `10.2.0.${i}` });
    }
    expect(await house.tries(1, 'anna', { from })).toEqual(['locked_out']);
    expect(await house.tries(1, 'anna', { from: '192.0.2.77' })).toEqual(['locked_out']);
    // The very address from which the flood comes, as behind a proxy.
    expect(await house.tries(1, 'anna', { from, device })).toEqual(['signed in']);
    await house.restart();
    expect(await house.tries(6, 'anna', { ...wrong, from, device })).toEqual([
      ...Array(5).fill('unauthenticated'),
      'locked_out',
    ]);
  });

  it('a device is one of its user, with his present password, for ninety days', async () => {
    const house = await openHouse();
    const { device } = await house.join('anna');
    await house.join('bob');
    const isKnown = async (name: string, token: string): Promise<boolean> => {
      await house.restart();
      await house.tries(5, name, { ...wrong, from: '10.0.0.1' });
      const [code] = await house.tries(1, name, { ...wrong, from: '10.0.0.1', device: token });
      return code === 'unauthenticated';
    };
    expect(await isKnown('anna', device)).toBe(true);
    expect(await isKnown('bob', device)).toBe(false);
    expect(
      await isKnown(
        'anna',
        device.replace(/.$/, (char) => (char === '0' ? '1' : '0')),
      ),
    ).toBe(false);
    expect(await isKnown('anna', `${device} `)).toBe(false);
    house.time.now += 90 * 24 * HOUR - MINUTE;
    expect(await isKnown('anna', device)).toBe(true);
    house.time.now += MINUTE;
    expect(await isKnown('anna', device)).toBe(false);
    const { token, device: later } = await house.signIn('anna');
    expect(await isKnown('anna', later)).toBe(true);
    await house.people.changePassword(token, { current: PASSWORD, next: 'seven green tractors' });
    expect(await isKnown('anna', later)).toBe(false);
  });
});

it('an admin lifts a lock by enabling', async () => {
  const house = await openHouse();
  const { id, token } = await house.join('anna');
  await house.tries(6, 'anna', wrong);
  await house.people.update(id, { disabled: false }, 'boss');
  expect(house.people.authenticate(token)).toBeDefined();
  expect(await house.tries(1, 'anna')).toEqual(['signed in']);
});

it('wrong passwords of someone signed in are bounded too, without locking his sign-in', async () => {
  const house = await openHouse();
  const { token } = await house.join('anna');
  const codes: string[] = [];
  for (let i = 0; i < 7; i++) {
    await house.people.beginTotp(token, wrong.password).catch((error: { code: string }) => codes.push(error.code));
  }
  expect(codes).toEqual([...Array(5).fill('request_invalid'), 'locked_out', 'locked_out']);
  expect(await house.tries(1, 'anna')).toEqual(['signed in']);
});

it('a place is an IPv4 address, or the network of an IPv6 one', () => {
  expect(placeOf('192.0.2.1')).toBe('192.0.2.1');
  expect(placeOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(placeOf('2001:db8:0:1::5')).toBe('2001:db8:0:1');
  expect(placeOf('2001:0DB8:0000:0001:ffff:1:2:3')).toBe('2001:db8:0:1');
  expect(placeOf('2001:db8::1')).toBe('2001:db8:0:0');
  expect(placeOf('fe80::1%eth0')).toBe('fe80:0:0:0');
  expect(placeOf('::1')).toBe('0:0:0:0');
  expect(placeOf('local')).toBe('local');
});

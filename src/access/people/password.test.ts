// Passwords: which may be chosen, how they are kept, and that a flood of them is turned away.
import { scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPasswordHasher, PASSWORD_COST } from './password-hash.ts';
import { checkPassword } from './password-rules.ts';
import { LOW_COST } from './testing/house.ts';
import { createTurns } from './turns.ts';

describe('a password', () => {
  const refusal = (password: string, name = 'anna'): string | undefined => {
    try {
      checkPassword(password, name, 'password');
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is refused when it is short, common, or made of what can be foretold', () => {
    const words = {
      length: 'at least 12',
      common: 'tried first',
      name: 'contains the name',
      repeats: 'repeats',
      run: 'follows',
    };
    for (const [password, why] of [
      ['elevenchars', 'length'],
      ['crèmebrûlé', 'length'],
      ['Password1234', 'common'],
      ['P@ssw0rd!!!!', 'common'],
      ['passwordpassword', 'common'],
      ['welcome-2026!', 'common'],
      ['Summer2026!!', 'common'],
      ['adminadmin123', 'common'],
      ['letmeinplease', 'common'],
      ['correcthorsebatterystaple', 'common'],
      ['hello world admin', 'common'],
      ['ilikeAncile4ever', 'name'],
      ['anna-und-otto', 'name'],
      ['aaaaaaaaaaaaaaa', 'repeats'],
      ['abcabcabcabc', 'repeats'],
      ['xyzwv1xyzwv1xyzwv1', 'repeats'],
      ['123456789012', 'run'],
      ['abcdefghijklmn', 'run'],
      ['qwertyuiopasdf', 'run'],
      ['0987654321qwe', 'run'],
      ['1qaz2wsx3edc', 'run'],
    ] as const) {
      expect(refusal(password), password).toContain(words[why]);
    }
    expect(refusal('\ud800 lonely half here')).toBe('the password is not text');
  });

  it('may be anything else: no rule asks for digits, capitals or signs', () => {
    for (const password of [
      'plum kettle orbit',
      'tractorsgreenseven',
      '平和な山の上で静かに眠る猫たち',
      'Gr8t; expectations of rain',
      '839205716482',
      'summer in reykjavik',
      'my admin likes trains',
      'x7$kQ!pv0_zR',
    ]) {
      expect(refusal(password), password).toBeUndefined();
    }
    expect(refusal('ottoottoanders', 'ott')).toBeUndefined();
  });

  it('is never quoted, and judging it takes no time that matters, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 256 }), fc.string({ maxLength: 64 }), (password, name) => {
        const said = refusal(password, name);
        if (said !== undefined && password.length > 4) expect(said).not.toContain(password);
      }),
    );
    for (const text of ['pass'.repeat(64), 'a'.repeat(256), 'abc'.repeat(85), 'qwertyuiop'.repeat(25)]) refusal(text);
  });
});

describe('a hash', () => {
  const here = { name: 'here', known: false };

  it('is scrypt at the cost that OWASP recommends, in the PHC form', async () => {
    expect(PASSWORD_COST).toEqual({ ln: 17, r: 8, p: 1 });
    const hasher = createPasswordHasher();
    const stored = await hasher.hash(here, 'plum kettle orbit');
    const [, salt, key] = /^\$scrypt\$ln=17,r=8,p=1\$([^$]+)\$([^$]+)$/.exec(stored)!;
    const expected = scryptSync('plum kettle orbit', Buffer.from(salt!, 'base64'), 32, {
      N: 2 ** 17,
      r: 8,
      p: 1,
      maxmem: 2 ** 28,
    });
    expect(Buffer.from(key!, 'base64').equals(expected)).toBe(true);
    expect(await hasher.verify(here, 'plum kettle orbit', stored)).toBe(true);
    expect(await hasher.verify(here, 'plum kettle orbis', stored)).toBe(false);
  });

  it('verifies by the cost it was made with, and is dated where that is another', async () => {
    const stored = await createPasswordHasher({ ln: 5, r: 4, p: 2 }).hash(here, 'plum kettle orbit');
    const hasher = createPasswordHasher(LOW_COST);
    expect(await hasher.verify(here, 'plum kettle orbit', stored)).toBe(true);
    expect(hasher.isDated(stored)).toBe(true);
    expect(hasher.isDated(await hasher.hash(here, 'x'))).toBe(false);
  });

  it('of nobody is hashed all the same, and never right', async () => {
    const hasher = createPasswordHasher(LOW_COST);
    expect(await hasher.verify(here, '', undefined)).toBe(false);
    for (const stored of ['', 'plain', '$scrypt$ln=4,r=8,p=1$short$short']) {
      await expect(hasher.verify(here, 'x', stored)).rejects.toMatchObject({ code: 'store_fault' });
    }
  });

  it('is made one at a time for strangers, whose flood is told that it is too much and holds up nobody who is known', async () => {
    const hasher = createPasswordHasher({ ln: 12, r: 8, p: 1 });
    const order: string[] = [];
    const ask = (name: string, known: boolean): Promise<boolean | string> =>
      hasher
        .verify({ name, known }, 'x', undefined)
        .catch((error: { code: string }) => error.code)
        .finally(() => order.push(known ? 'known' : 'stranger'));
    const flood = Array.from({ length: 60 }, (_, i) => ask(`address ${i}`, false));
    const one = ask('device 1', true);
    const results = await Promise.all(flood);
    expect(results.filter((result) => result === 'overloaded')).toHaveLength(39);
    expect(results.filter((result) => result === false)).toHaveLength(21);
    expect(await one).toBe(false);
    expect(order.indexOf('known')).toBeLessThan(order.length - 10);
    expect(await ask('address', false)).toBe(false);
  });
});

describe('turns', () => {
  it('never run more than they may, run all that they took, and leave no share behind', async () => {
    const ticks = (count: number): Promise<void> =>
      count === 0 ? Promise.resolve() : Promise.resolve().then(() => ticks(count - 1));
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ who: fc.constantFrom('a', 'b', 'c'), length: fc.nat(5), pause: fc.nat(4), fails: fc.boolean() }),
          { maxLength: 40 },
        ),
        async (jobs) => {
          const turns = createTurns({ running: 2, waiting: 5, each: 3 });
          let now = 0;
          let most = 0;
          let done = 0;
          let refused = 0;
          const all: Promise<void>[] = [];
          for (const { who, length, pause, fails } of jobs) {
            await ticks(pause);
            const work = async (): Promise<void> => {
              most = Math.max(most, ++now);
              await ticks(length);
              now--;
              done++;
              if (fails) throw new Error('failed');
            };
            all.push(
              turns.take(who, work).catch((error: Error & { code?: string }) => {
                if (error.code === 'overloaded') refused++;
              }),
            );
          }
          await Promise.all(all);
          expect(most).toBeLessThanOrEqual(2);
          expect(done + refused).toBe(jobs.length);
          // All places are free again.
          await Promise.all(['a', 'a', 'a', 'b', 'b', 'b', 'c'].map((who) => turns.take(who, () => ticks(1))));
        },
      ),
    );
  });
});

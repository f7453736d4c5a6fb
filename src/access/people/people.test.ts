// The story of people: invited, joined, signed in, signed out by time and by others, changed, reset.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, LOW_COST, MINUTE, openHouse, PASSWORD, START } from './testing/house.ts';

const wrong = { password: 'not this one at all' };

describe('a one-time link', () => {
  it('lets one person choose a password, once', async () => {
    const { people, records, store } = await openHouse();
    const { user, token, expires } = await people.invite({ name: 'anna', roles: ['operator', 'operator'] }, 'owner');
    expect(user).toMatchObject({ name: 'anna', roles: ['operator'], invited: true, disabled: false, totp: false });
    expect(people.readInvite(token)).toEqual({ name: 'anna', expires });
    expect(JSON.stringify(await store.db.selectFrom('users').selectAll().execute())).not.toContain(token);
    const { session } = await people.acceptInvite({ token, password: PASSWORD, from: '192.0.2.1' });
    expect(session.user).toMatchObject({ name: 'anna', invited: false });
    expect(session.permissions).toEqual([
      'traffic.read',
      'keys.manage',
      'policies.manage',
      'feedback.give',
      'models.decide',
      'incidents.respond',
      'system.manage',
    ]);
    expect(() => people.readInvite(token)).toThrow(expect.objectContaining({ code: 'not_found' }));
    await expect(people.acceptInvite({ token, password: PASSWORD, from: '192.0.2.1' })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(records).toEqual([
      {
        kind: 'admin.change',
        action: 'user.invite',
        actor: 'owner',
        target: 'anna',
        detail: 'operator',
        outcome: 'done',
      },
      { kind: 'admin.change', action: 'user.join', actor: 'anna', target: 'anna', detail: 'operator', outcome: 'done' },
      { kind: 'session', state: 'begun', actor: 'anna', reason: 'invite' },
    ]);
  });

  it('is good for one of two who use it at the same moment', async () => {
    const { people } = await openHouse();
    const { token } = await people.invite({ name: 'anna', roles: ['auditor'] }, 'owner');
    const both = await Promise.allSettled(
      [PASSWORD, 'quite another 4 words'].map((password) =>
        people.acceptInvite({ token, password, from: '192.0.2.1' }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is over after three days, or when there is a newer one', async () => {
    const { people, time } = await openHouse();
    const { user, token } = await people.invite({ name: 'anna', roles: ['auditor'] }, 'owner');
    time.now = START + 72 * HOUR - 1;
    people.readInvite(token);
    const newer = await people.reset(user.id, 'owner');
    expect(() => people.readInvite(token)).toThrow('not valid');
    time.now += 72 * HOUR;
    expect(() => people.readInvite(newer.token)).toThrow('not valid');
    expect(() => people.readInvite('x'.repeat(43))).toThrow('not valid');
  });

  it('is not made for a name that is taken, however it is written', async () => {
    const house = await openHouse();
    await house.join('Anna');
    for (const name of ['anna', 'ANNA', 'Ａｎｎａ']) {
      await expect(house.people.invite({ name, roles: ['admin'] }, 'owner')).rejects.toMatchObject({
        code: 'conflict',
      });
    }
    expect(house.people.list()).toHaveLength(1);
    expect((await house.signIn('ANNA')).session.user.name).toBe('Anna');
  });

  it('goes to the first admin at the start, and to none once there is one', async () => {
    const house = await openHouse();
    const first = (await house.people.firstInvite())!;
    expect(first).toMatchObject({ name: 'admin', expires: new Date(START + HOUR).toISOString() });
    const second = (await house.people.firstInvite())!;
    expect(() => house.people.readInvite(first.token)).toThrow('not valid');
    expect(house.people.readInvite(second.token).name).toBe('admin');
    await house.restart();
    expect(() => house.people.readInvite(second.token)).toThrow('not valid');
    // Only who can sign in is an admin: an invited one may never come.
    const { token } = await house.people.invite({ name: 'bob', roles: ['admin'] }, 'owner');
    const third = (await house.people.firstInvite())!;
    await house.people.acceptInvite({ token, password: PASSWORD, from: '192.0.2.1' });
    expect(() => house.people.readInvite(third.token)).toThrow('not valid');
    expect(await house.people.firstInvite()).toBeUndefined();
    expect(house.people.list().map(({ name }) => name)).toEqual(['bob']);
  });

  it('of the first start makes the admin when it is used, within its hour', async () => {
    const house = await openHouse();
    await house.join('admin', 'auditor');
    const late = (await house.people.firstInvite())!;
    house.time.now += HOUR;
    await expect(house.people.acceptInvite({ token: late.token, password: PASSWORD, from: '::1' })).rejects.toThrow(
      'not valid',
    );
    const { token, name } = (await house.people.firstInvite())!;
    expect(name).toBe('admin2');
    const { session } = await house.people.acceptInvite({ token, password: PASSWORD, from: '::1' });
    expect(session.user).toMatchObject({ name: 'admin2', roles: ['admin'] });
    await house.restart();
    expect((await house.signIn('admin2')).session.permissions).toContain('people.manage');
  });
});

describe('a session', () => {
  it('has a token that is nowhere else, and never one that another has', async () => {
    const house = await openHouse();
    await house.join('anna');
    const tokens = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('192.0.2.1', '2001:db8::1', 'local'), async (from) => {
        const { token, session } = await house.signIn('anna', { from });
        expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
        expect(session.csrf).toMatch(/^[A-Za-z0-9_-]{43}$/);
        for (const secret of [token, session.csrf]) {
          expect(tokens.has(secret)).toBe(false);
          tokens.add(secret);
        }
      }),
      { numRuns: 60 },
    );
    const rows = await house.store.db.selectFrom('sessions').selectAll().execute();
    // Twenty at once; the oldest gave way.
    expect(rows).toHaveLength(20);
    for (const token of tokens) expect(JSON.stringify(rows) + JSON.stringify(house.records)).not.toContain(token);
  });

  it('is known by its token and by nothing near it', async () => {
    const house = await openHouse();
    const { token } = await house.join('anna');
    const found = house.people.authenticate(token)!;
    expect(found.user.name).toBe('anna');
    expect(house.people.authenticate(token)!.session.csrf).toBe(found.session.csrf);
    for (const other of ['', token.slice(1), `${token} `, token.toLowerCase(), found.id, found.session.csrf]) {
      expect(house.people.authenticate(other)).toBeUndefined();
    }
  });

  it('ends when nothing is asked, at the latest when its time is over, and by signing out', async () => {
    const house = await openHouse();
    const { token } = await house.join('anna');
    const ended: string[] = [];
    house.people.onSessionEnded(({ why }) => ended.push(why));
    house.time.now += 30 * MINUTE - 1;
    expect(house.people.authenticate(token)!.session.idleUntil).toBe(
      new Date(house.time.now + 30 * MINUTE).toISOString(),
    );
    house.time.now += 30 * MINUTE;
    expect(house.people.authenticate(token)).toBeUndefined();
    const { token: next } = await house.signIn('anna');
    for (let i = 0; i < 35; i++) {
      house.time.now += 20 * MINUTE;
      expect(house.people.authenticate(next)).toBeDefined();
    }
    house.time.now += 20 * MINUTE;
    expect(house.people.authenticate(next)).toBeUndefined();
    const { token: last } = await house.signIn('anna');
    await house.people.signOut(last);
    await house.people.signOut(last);
    expect(house.people.authenticate(last)).toBeUndefined();
    expect(ended).toEqual(['idle', 'expired', 'signed_out']);
    expect(house.records.filter((each) => each.kind === 'session' && each.state === 'ended')).toEqual(
      ended.map((reason) => ({ kind: 'session', state: 'ended', actor: 'anna', reason })),
    );
    expect(await house.store.db.selectFrom('sessions').selectAll().execute()).toEqual([]);
  });

  it('outlives the process, and is no longer than the configuration says now', async () => {
    const house = await openHouse();
    const { token } = await house.join('anna');
    const before = house.people.authenticate(token)!;
    house.time.now += 10 * MINUTE;
    await house.restart();
    expect(house.people.authenticate(token)!.session.csrf).toBe(before.session.csrf);
    house.settings.sessionMax = 5 * MINUTE;
    expect(house.people.authenticate(token)).toBeUndefined();
  });

  it('is not begun that the ledger does not know of', async () => {
    const house = await openHouse();
    await house.join('anna');
    await house.store.db.deleteFrom('sessions').execute();
    house.broken = true;
    await expect(house.signIn('anna')).rejects.toThrow('disk');
    expect(await house.store.db.selectFrom('sessions').selectAll().execute()).toEqual([]);
  });
});

describe('signing in', () => {
  it('says the same to a wrong password, an unknown name, an invited and a disabled user', async () => {
    const house = await openHouse();
    await house.join('boss', 'admin');
    const { id } = await house.join('gone');
    await house.people.update(id, { disabled: true }, 'boss');
    await house.people.invite({ name: 'invited', roles: ['admin'] }, 'boss');
    const said = [];
    for (const name of ['boss', 'nobody', 'invited', 'gone']) {
      const right = name === 'gone' ? PASSWORD : wrong.password;
      said.push(
        await house
          .signIn(name, { password: right })
          .catch(({ code, message, hint, at }) => ({ code, message, hint, at })),
      );
    }
    expect(said).toEqual(
      Array(4).fill({ code: 'unauthenticated', message: 'name or password is wrong', at: 'password' }),
    );
    await house.people.close();
    const refused = house.records.filter((each) => each.kind === 'session' && each.state === 'refused');
    expect(refused.map((each) => each.kind === 'session' && each.actor).sort()).toEqual([
      '-',
      'boss',
      'gone',
      'invited',
    ]);
  });

  it('takes a password however its characters are composed', async () => {
    const house = await openHouse();
    const { token } = await house.people.invite({ name: 'zoë', roles: ['auditor'] }, 'owner');
    await house.people.acceptInvite({ token, password: 'crème brûlée 12', from: '::1' });
    const password = 'crème brûlée 12'.normalize('NFD');
    expect((await house.signIn('zoë'.normalize('NFD'), { password })).session.user.name).toBe('zoë'.normalize('NFC'));
  });

  it('writes a flood of refusals as a few records', async () => {
    const house = await openHouse();
    await house.join('anna');
    for (let i = 0; i < 40; i++) await house.tries(2, `stranger${i}`, { ...wrong, from: `198.51.100.${i}` });
    await house.tries(2, 'anna', wrong);
    await house.people.close();
    const since = new Date(START).toISOString();
    expect(house.records.slice(3)).toEqual([
      { kind: 'session', state: 'refused', actor: '-', reason: 'wrong_password', count: 80, since },
      { kind: 'session', state: 'refused', actor: 'anna', reason: 'wrong_password', count: 2, since },
    ]);
  });

  it('raises the cost of an old hash', async () => {
    const house = await openHouse();
    await house.join('anna');
    const hash = async () =>
      (await house.store.db.selectFrom('users').select('password').executeTakeFirstOrThrow()).password;
    expect(await hash()).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$/);
    await house.restart({ ...LOW_COST, ln: 5 });
    await expect(house.signIn('anna', wrong)).rejects.toThrow();
    expect(await hash()).toMatch(/ln=4/);
    await house.signIn('anna');
    expect(await hash()).toMatch(/ln=5/);
    await house.signIn('anna');
  });
});

describe('a change of a user', () => {
  it('ends his sessions and not those of others', async () => {
    const house = await openHouse();
    const boss = await house.join('boss', 'admin');
    const { id } = await house.join('anna');
    for (const change of [{ roles: ['operator' as const] }, { disabled: true }]) {
      await house.people.update(id, { disabled: false }, 'boss');
      const { token } = await house.signIn('anna');
      const user = await house.people.update(id, change, 'boss');
      expect(user).toMatchObject(change);
      expect(house.people.authenticate(token)).toBeUndefined();
    }
    expect(house.people.authenticate(boss.token)).toBeDefined();
    expect(house.records.filter((each) => each.kind === 'admin.change').at(-1)).toMatchObject({
      action: 'user.update',
      actor: 'boss',
      target: 'anna',
      detail: 'disabled',
    });
  });

  it('is not made where no admin would be left, also by two admins at once', async () => {
    const house = await openHouse();
    const a = await house.join('a', 'admin');
    await expect(house.people.update(a.id, { disabled: true }, 'a')).rejects.toMatchObject({ code: 'conflict' });
    await expect(house.people.update(a.id, { roles: ['operator'] }, 'a')).rejects.toMatchObject({ code: 'conflict' });
    await house.people.invite({ name: 'invited', roles: ['admin'] }, 'a');
    await expect(house.people.update(a.id, { disabled: true }, 'a')).rejects.toMatchObject({ code: 'conflict' });
    expect(house.people.authenticate(a.token)).toBeDefined();
    const b = await house.join('b', 'admin');
    const both = await Promise.allSettled([
      house.people.update(a.id, { roles: ['auditor'] }, 'b'),
      house.people.update(b.id, { disabled: true }, 'a'),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('is not made where the ledger cannot hold it, and says so where the store cannot', async () => {
    const house = await openHouse();
    await house.join('boss', 'admin');
    const { id, token } = await house.join('anna');
    house.broken = true;
    await expect(house.people.update(id, { roles: ['admin'] }, 'boss')).rejects.toThrow('disk');
    house.broken = false;
    expect(house.people.list()[1]!.roles).toEqual(['auditor']);
    // What takes away is done first: nobody stays in because a disk is full.
    expect(house.people.authenticate(token)).toBeUndefined();
    await house.store.db.schema.alterTable('users').renameTo('elsewhere').execute();
    await expect(house.people.update(id, { roles: ['admin'] }, 'boss')).rejects.toMatchObject({ code: 'store_fault' });
    expect(house.records.slice(-2)).toMatchObject([{ outcome: 'done' }, { outcome: 'refused' }]);
    expect(house.people.list()[1]!.roles).toEqual(['auditor']);
  });

  it('by himself, of his password, needs the old one and ends his other sessions', async () => {
    const house = await openHouse();
    const { token } = await house.join('anna');
    const { token: other } = await house.signIn('anna');
    const next = 'seven green tractors';
    const change = (current: string, to: string) => house.people.changePassword(token, { current, next: to });
    await expect(change(wrong.password, next)).rejects.toMatchObject({ code: 'request_invalid', at: 'current' });
    await expect(change(PASSWORD, 'short')).rejects.toMatchObject({ code: 'request_invalid', at: 'next' });
    await expect(change(PASSWORD, PASSWORD)).rejects.toMatchObject({ code: 'request_invalid', at: 'next' });
    expect(house.people.authenticate(other)).toBeDefined();
    await change(PASSWORD, next);
    expect(house.people.authenticate(other)).toBeUndefined();
    expect(house.people.authenticate(token)).toBeDefined();
    await expect(house.signIn('anna')).rejects.toMatchObject({ code: 'unauthenticated' });
    await house.signIn('anna', { password: next });
    await house.people.signOut(token);
    await expect(change(next, PASSWORD)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('that resets him voids all he had; also the last admin, whom nobody else can help', async () => {
    const house = await openHouse();
    const { id, token } = await house.join('boss', 'admin');
    const invite = await house.people.reset(id, 'cli (socket)');
    expect(invite.user).toMatchObject({ invited: true, totp: false });
    expect(house.people.authenticate(token)).toBeUndefined();
    await expect(house.signIn('boss')).rejects.toMatchObject({ code: 'unauthenticated' });
    await house.people.acceptInvite({ token: invite.token, password: 'another 3 word pass', from: '::1' });
    await expect(house.people.reset('user_none', 'x')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('can be to sign him out everywhere', async () => {
    const house = await openHouse();
    const { id, token } = await house.join('anna');
    await house.people.endSessions(id, 'boss');
    expect(house.people.authenticate(token)).toBeUndefined();
  });
});

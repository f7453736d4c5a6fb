// What a target covers, and that a restraint is in force at once, for everybody who asks, until it is lifted or over.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { type Affected, type Restraint, covers, createRestraints } from './restraints.ts';

const NAMES = ['principal', 'tenant', 'session', 'route', 'upstream', 'server', 'tool', 'model'] as const;
const value = fc.constantFrom('a', 'b', 'ab', 'a.b', '(', '');
const some = fc.dictionary(fc.constantFrom(...NAMES), value) as fc.Arbitrary<Affected>;

describe('covers', () => {
  it('everything, where it names nothing', () => {
    fc.assert(fc.property(some, (affected) => covers({}, affected)));
  });

  it('itself, and whatever is known beside it', () => {
    fc.assert(fc.property(some, some, (target, more) => covers(target, { ...more, ...target })));
  });

  it('nothing of which a member is unknown, or another', () => {
    fc.assert(
      fc.property(some, some, (target, affected) => {
        const names = Object.keys(target) as (keyof Affected)[];
        expect(covers(target, affected)).toBe(names.every((name) => affected[name] === target[name]));
      }),
    );
  });

  it('less the more it names', () => {
    fc.assert(
      fc.property(some, some, some, (a, b, affected) => !covers({ ...a, ...b }, affected) || covers(b, affected)),
    );
  });

  it('any run of characters by a star, and characters of patterns as themselves', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => covers({ model: `${a.replaceAll('*', '')}*` }, { model: a.replaceAll('*', '') + b }))); // prettier-ignore
    expect(covers({ model: 'a.c' }, { model: 'abc' })).toBe(false);
    expect(covers({ model: 'gpt-*' }, { model: 'gpt-4' })).toBe(true);
    expect(covers({ model: '*' }, {})).toBe(false);
  });
});

const freeze = (id: string, more: Partial<Restraint> = {}): Restraint => ({
  id,
  effect: 'freeze',
  target: {},
  ...more,
});

describe('a restraint', () => {
  it('is in force when put returns, although nothing is written yet', async () => {
    let written = 0;
    const write = () => new Promise<void>((done) => setTimeout(() => done(void written++), 5));
    const restraints = createRestraints({ keep: { write, erase: () => Promise.resolve() } });
    const { kept } = restraints.put(freeze('a'));
    expect(() => restraints.checkFrozen({})).toThrow(AncileError);
    expect(written).toBe(0);
    await kept;
    expect(written).toBe(1);
  });

  it('is in force although it cannot be written, and says so', async () => {
    const fault = () => Promise.reject(new Error('the disk is full'));
    const restraints = createRestraints({ keep: { write: fault, erase: fault } });
    const { kept } = restraints.put(freeze('a'));
    await expect(kept).rejects.toMatchObject({ code: 'store_fault' });
    expect(() => restraints.checkFrozen({ principal: 'k' })).toThrow(/stopped/);
  });

  it('cuts by every listener, although one of them fails', async () => {
    const restraints = createRestraints();
    restraints.onPut(() => {
      throw new Error('broken');
    });
    restraints.onPut(() => 2);
    const { cut, kept } = restraints.put(freeze('a'));
    expect(cut).toBe(2);
    await expect(kept).rejects.toThrow('broken');
    expect(() => restraints.checkFrozen({})).toThrow();
  });

  it('that is lifted while it is being written is not there afterwards', async () => {
    const disk = new Set<string>();
    const later = (work: () => void) => new Promise<void>((done) => setTimeout(() => done(work()), 5));
    const restraints = createRestraints({
      keep: { write: ({ id }) => later(() => void disk.add(id)), erase: (id) => later(() => void disk.delete(id)) },
    });
    restraints.put(freeze('a'));
    await restraints.remove('a');
    expect(disk.size).toBe(0);
    restraints.checkFrozen({});
  });

  it('covers nothing any more when its time is over, without anybody ending it', () => {
    let now = 1000;
    const restraints = createRestraints({ clock: () => now });
    restraints.put(freeze('a', { expires: 2000 }));
    expect(restraints.find('freeze', {})?.id).toBe('a');
    now = 2000;
    expect(restraints.find('freeze', {})).toBeUndefined();
    expect(restraints.list()).toEqual([]);
  });

  it('is not lifted where that cannot be written', async () => {
    const erase = () => Promise.reject(new Error('the disk is full'));
    const restraints = createRestraints({ keep: { write: () => Promise.resolve(), erase } });
    restraints.put(freeze('a'));
    await expect(restraints.remove('a')).rejects.toMatchObject({ code: 'store_fault' });
    expect(() => restraints.checkFrozen({})).toThrow();
  });

  it('of a model or tool covers it however it is spelt: callers choose the spelling, upstreams do not mind', () => {
    for (const target of [{ model: 'GPT-4o' }, { tool: 'send_*' }]) {
      const restraints = createRestraints({ known: [freeze('a', { target })] });
      const called = target.model === undefined ? { tool: 'Send_Mail' } : { model: ' gpt-4O' };
      expect(() => restraints.checkFrozen(called)).toThrow();
      const wide = target.model === undefined ? { tool: '\uff33end_mail' } : { model: '\uff47pt-4o' };
      expect(() => restraints.checkFrozen(wide)).toThrow();
    }
    createRestraints({ known: [freeze('a', { target: { principal: 'K' } })] }).checkFrozen({ principal: 'k' });
  });

  it('of another effect is none of this one', () => {
    const restraints = createRestraints({ known: [freeze('a', { effect: 'hold', target: { tenant: 't' } })] });
    restraints.checkFrozen({ tenant: 't' });
    expect(restraints.findAll('hold', { tenant: 't' }).map(({ id }) => id)).toEqual(['a']);
    expect(restraints.findAll('hold', {})).toEqual([]);
  });
});

// How many large questions are answered at once.
import { expect, it } from 'vitest';
import type { Actor } from './actor.ts';
import { createFewAtOnce } from './few-at-once.ts';

const named = (name: string): Actor => ({ kind: 'local', name });

it('answers two of one asker and four of all, and gives the places back, also after a fault', async () => {
  const few = createFewAtOnce();
  const ends: ((fault?: Error) => void)[] = [];
  const ask = (name: string): Promise<string> =>
    few.run(
      named(name),
      () =>
        new Promise((resolve, reject) => ends.push((fault) => (fault === undefined ? resolve(name) : reject(fault)))),
    );
  const asked = [ask('a'), ask('a'), ask('b'), ask('b')];
  await expect(ask('a')).rejects.toMatchObject({ code: 'overloaded' });
  await expect(ask('c')).rejects.toMatchObject({ code: 'overloaded' });
  ends[0]!(new Error('broken'));
  await expect(asked[0]).rejects.toThrow('broken');
  const next = ask('c');
  await expect(ask('c')).rejects.toMatchObject({ code: 'overloaded' });
  for (const end of ends) end();
  expect(await Promise.all([...asked.slice(1), next])).toEqual(['a', 'b', 'b', 'c']);
  const again = ask('a');
  ends.at(-1)!();
  expect(await again).toBe('a');
});

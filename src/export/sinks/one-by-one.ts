// Receivers that take one message a request: so many requests at a time, each with a fate of its own.
import { toAncileError } from '../../base/index.ts';
import type { HttpAnswer } from '../http-door.ts';
import { ACCEPTED, type Fate, againFor } from '../sink.ts';

/** What a request about one event came to: that something in it is never taken can only be that event. */
function fateOf({ fate }: Pick<HttpAnswer, 'fate'>): Fate {
  if (fate === undefined) return ACCEPTED;
  return fate.state === 'unclear' ? { ...fate, state: 'refused' } : fate;
}

/** After a receiver that is not there, the rest of the batch is not tried. */
export async function oneByOne<T>(
  values: readonly T[],
  atOnce: number,
  post: (value: T) => Promise<HttpAnswer>,
): Promise<Fate[]> {
  const fates: Fate[] = [];
  let next = 0;
  let down: Fate | undefined;
  const work = async (): Promise<void> => {
    for (let i = next++; i < values.length; i = next++) {
      if (down !== undefined) {
        fates[i] = down;
        continue;
      }
      try {
        fates[i] = fateOf(await post(values[i]!));
      } catch (thrown) {
        fates[i] = againFor(toAncileError(thrown));
      }
      if (fates[i]!.state === 'again' || fates[i]!.state === 'gone') down = fates[i];
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return fates;
}

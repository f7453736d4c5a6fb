// Questions that read thousands of records beside the traffic: a few at once, and of one asker fewer, so that nobody who
// may only look can keep the gateway busy with looking.
import { AncileError } from '../../base/index.ts';
import type { Actor } from './actor.ts';

/** Of one asker, and of all together. */
const FEW = { each: 2, all: 4 };

export interface FewAtOnce {
  /** @throws AncileError `overloaded` where too many are under way; what `work` throws */
  run<T>(actor: Actor, work: () => Promise<T>): Promise<T>;
}

export function createFewAtOnce({ each, all: most } = FEW): FewAtOnce {
  const shares = new Map<string, number>();
  let all = 0;
  return {
    async run({ name }, work) {
      const share = shares.get(name) ?? 0;
      if (share >= each || all >= most) {
        throw new AncileError('overloaded', 'questions of this kind are being answered already', {
          hint: 'Wait for their answers, then ask again.',
        });
      }
      shares.set(name, share + 1);
      all++;
      try {
        return await work();
      } finally {
        all--;
        const left = shares.get(name)! - 1;
        if (left === 0) shares.delete(name);
        else shares.set(name, left);
      }
    },
  };
}

// How the state of a pin looks.
import type { ReactNode } from 'react';
import type { PinState } from '../../contract.ts';
import { Tag, type Tone } from '../../parts/tag.tsx';

const TONES: Readonly<Record<PinState, Tone>> = { pending: 'hold', changed: 'bad', approved: 'good', denied: 'plain' };

/** @param count - of how many it is said */
export function PinStateTag({ state, count }: { readonly state: PinState; readonly count?: number }): ReactNode {
  return (
    <Tag tone={TONES[state]}>
      {count} {state}
    </Tag>
  );
}

// How a pull ended, in a word and a tone.
import type { ReactNode } from 'react';
import { Tag, type Tone } from '../../parts/tag.tsx';
import type { PullOutcome } from './search.ts';

const TONES: Readonly<Record<PullOutcome, Tone>> = { served: 'good', refused: 'bad', cut: 'warn', fault: 'bad' };

export function PullOutcomeTag({ outcome }: { readonly outcome: PullOutcome }): ReactNode {
  return <Tag tone={TONES[outcome]}>{outcome}</Tag>;
}

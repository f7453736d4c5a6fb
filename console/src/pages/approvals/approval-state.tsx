// The state of an approval, and how long it still has.
import type { ReactNode } from 'react';
import type { Approval } from '../../contract.ts';
import { formatDistance } from '../../parts/format.ts';
import { Tag, type Tone } from '../../parts/tag.tsx';
import { useNow } from '../../parts/time.tsx';

const STATES: Readonly<Record<Approval['state'], readonly [word: string, tone: Tone]>> = {
  pending: ['waits', 'hold'],
  approved: ['approved, not used yet', 'good'],
  denied: ['denied', 'bad'],
  expired: ['expired', 'plain'],
  used: ['approved and used', 'good'],
};

export function ApprovalStateTag({ state }: { readonly state: Approval['state'] }): ReactNode {
  const [word, tone] = STATES[state];
  return <Tag tone={tone}>{word}</Tag>;
}

/** Counts down to the end of an approval, second by second where that is near. */
export function Countdown({ expires }: { readonly expires: string }): ReactNode {
  const now = useNow(1_000);
  const left = Date.parse(expires) - now;
  if (left <= 0) return <Tag tone="plain">expired</Tag>;
  const minutes = Math.floor(left / 60_000);
  const seconds = String(Math.floor((left % 60_000) / 1_000)).padStart(2, '0');
  return (
    <Tag tone={left < 120_000 ? 'bad' : 'plain'}>
      <span className="num">{left < 3_600_000 ? `${minutes}:${seconds} left` : `expires ${formatDistance(left)}`}</span>
    </Tag>
  );
}

// The mark: the ancile, a shield drawn in at the waist.
import type { ReactNode } from 'react';

const OUTLINE =
  'M12 1.5c3.4 0 5.6 1.3 5.6 3.9 0 1.7-1.2 2.6-1.2 3.7 0 .9.5 1.5.5 2.9s-.5 2-.5 2.9c0 1.1 1.2 2 1.2 3.7 0 ' +
  '2.6-2.2 3.9-5.6 3.9s-5.6-1.3-5.6-3.9c0-1.7 1.2-2.6 1.2-3.7 0-.9-.5-1.5-.5-2.9s.5-2 .5-2.9c0-1.1-1.2-2-1.2-3.7 ' +
  '0-2.6 2.2-3.9 5.6-3.9z';

export function Shield({ size = 24 }: { readonly size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path fill="var(--accent)" d={OUTLINE} />
      <circle cx="12" cy="12" r="2.1" fill="var(--surface)" />
    </svg>
  );
}

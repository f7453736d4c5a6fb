// Whether what is on the page follows the present.
import type { ReactNode } from 'react';
import type { LiveState } from '../api/live.ts';
import classes from './live-mark.module.css';

const WORDS: Readonly<Record<LiveState | 'paused', string>> = {
  live: 'Live',
  connecting: 'Connecting',
  lost: 'Connection lost, trying again',
  paused: 'Paused',
};

export function LiveMark({ state }: { readonly state: LiveState | 'paused' }): ReactNode {
  return (
    <span className={classes.mark} data-state={state} role="status">
      {WORDS[state]}
    </span>
  );
}

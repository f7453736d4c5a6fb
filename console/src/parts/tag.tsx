// A small word in a frame: a state, a class, a severity. Its tone never says what the word does not.
import type { ReactNode } from 'react';
import type { Severity } from '../contract.ts';
import classes from './tag.module.css';

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent' | 'hold';

export function Tag({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }): ReactNode {
  return (
    <span className={classes.tag} data-tone={tone}>
      {children}
    </span>
  );
}

const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = {
  info: 'plain',
  low: 'plain',
  medium: 'warn',
  high: 'bad',
  critical: 'bad',
};

export function SeverityTag({ severity }: { readonly severity: Severity }): ReactNode {
  return <Tag tone={SEVERITY_TONES[severity]}>{severity}</Tag>;
}

// Lines to copy: of a configuration, or of a shell. Scrolled by key where they are wider than their place.
import type { ReactNode } from 'react';
import classes from './sample.module.css';

interface SampleProps {
  /** Says what it is, for a screen reader. */
  readonly label: string;
  readonly text: string;
}

export function Sample({ label, text }: SampleProps): ReactNode {
  return (
    <pre className={classes.sample} tabIndex={0} aria-label={label}>
      {text}
    </pre>
  );
}

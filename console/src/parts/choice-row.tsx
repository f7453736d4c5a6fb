// A row of buttons of which at most one is pressed: a filter that is always in sight.
import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './choice-row.module.css';

interface ChoiceRowProps<T extends string> {
  readonly label: string;
  readonly choices: readonly { readonly value: T; readonly label: string }[];
  readonly value: T | undefined;
  /** undefined: the pressed one was pressed again. */
  readonly onChange: (value: T | undefined) => void;
}

export function ChoiceRow<T extends string>({ label, choices, value, onChange }: ChoiceRowProps<T>): ReactNode {
  return (
    <div className={classes.row} role="group" aria-label={label}>
      {choices.map((choice) => (
        <UnstyledButton
          key={choice.value}
          className={classes.choice}
          aria-pressed={value === choice.value}
          onClick={() => onChange(value === choice.value ? undefined : choice.value)}
        >
          {choice.label}
        </UnstyledButton>
      ))}
    </div>
  );
}

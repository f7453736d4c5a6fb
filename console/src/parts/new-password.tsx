// The fields for a new password: length counts, and a second look guards against slips of the finger.
import { PasswordInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { Password } from '../contract.ts';

interface NewPasswordProps {
  readonly value: string;
  readonly repeated: string;
  readonly onValue: (value: string) => void;
  readonly onRepeated: (value: string) => void;
}

/** Why the two cannot be used yet; undefined where they can. */
export function passwordProblem(value: string, repeated: string): string | undefined {
  const problem = Password.safeParse(value).error?.issues[0]?.message;
  if (problem !== undefined) return problem;
  return value === repeated ? undefined : 'expected the same password twice';
}

export function NewPassword({ value, repeated, onValue, onRepeated }: NewPasswordProps): ReactNode {
  const differs = repeated !== '' && value !== repeated;
  return (
    <>
      <PasswordInput
        label="New password"
        description="At least 12 characters; a few unrelated words are easy to keep in mind."
        autoComplete="new-password"
        required
        value={value}
        onChange={(event) => onValue(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the new password' }}
      />
      <PasswordInput
        label="New password again"
        autoComplete="new-password"
        required
        value={repeated}
        error={differs ? 'The two are not the same.' : undefined}
        onChange={(event) => onRepeated(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the repeated password' }}
      />
    </>
  );
}

// Sign-in: name and password, then the code of a second factor where there is one.
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import type { Failure } from '../../api/failure.ts';
import { useChange } from '../../api/query.ts';
import { beginSession } from '../../app/session.ts';
import { FailureNote } from '../../parts/states.tsx';
import { Door } from './door.tsx';
import classes from './door.module.css';

interface SignInPageProps {
  /** Why it is not known whether somebody is signed in. */
  readonly failure: Failure | undefined;
}

export function SignInPage({ failure }: SignInPageProps): ReactNode {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [second, setSecond] = useState(false);
  const signIn = useChange('signIn');

  useEffect(() => {
    document.title = 'Sign in · Ancile';
  }, []);

  function submit(event: FormEvent): void {
    event.preventDefault();
    signIn.mutate(
      { name: name.trim(), password, ...(second ? { code: code.replaceAll(/\s/g, '') } : {}) },
      {
        onSuccess: beginSession,
        onError: (refused) => {
          if (refused.code !== 'second_factor_required') return;
          setSecond(true);
          signIn.reset();
        },
      },
    );
  }

  function again(): void {
    setSecond(false);
    setCode('');
    signIn.reset();
  }

  const refused = signIn.error?.code === 'second_factor_required' ? null : signIn.error;
  return (
    <Door
      title={second ? 'Second factor' : 'Sign in'}
      lead={
        second ? 'The code that your authenticator shows, or a recovery code.' : 'With the name you were invited by.'
      }
    >
      {failure !== undefined && <FailureNote failure={failure} />}
      <form className={classes.form} onSubmit={submit}>
        {second ? (
          <TextInput
            key="code"
            label="Code"
            name="code"
            autoComplete="one-time-code"
            inputMode="text"
            autoFocus
            required
            minLength={6}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        ) : (
          <>
            <TextInput
              label="Name"
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
            />
          </>
        )}
        {refused !== null && <FailureNote failure={refused} />}
        <Button type="submit" loading={signIn.isPending} fullWidth>
          {second ? 'Continue' : 'Sign in'}
        </Button>
        {second && (
          <Button variant="subtle" onClick={again} fullWidth>
            Sign in as somebody else
          </Button>
        )}
      </form>
    </Door>
  );
}

// Whoever was invited chooses a password, by a link that works once.
import { Button } from '@mantine/core';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { beginSession } from '../../app/session.ts';
import { NewPassword, passwordProblem } from '../../parts/new-password.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Answered, FailureNote } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { Door } from './door.tsx';
import classes from './door.module.css';

export function InvitePage(): ReactNode {
  const { token } = useParams({ from: '/invite/$token' });
  const invite = useApi('readInvite', { token });
  const accept = useChange('acceptInvite');
  const navigate = useNavigate();
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [problem, setProblem] = useState<string>();

  useEffect(() => {
    document.title = 'Invitation · Ancile';
  }, []);

  function submit(event: FormEvent): void {
    event.preventDefault();
    const wrong = passwordProblem(password, repeated);
    setProblem(wrong);
    if (wrong !== undefined) return;
    accept.mutate(
      { token, password },
      {
        onSuccess: (session) => {
          beginSession(session);
          // The link is used up: it must not stay in the history.
          void navigate({ to: '/', replace: true });
        },
      },
    );
  }

  return (
    <Door title="Choose a password" lead="This link works once; with it you set up your sign-in.">
      <Answered query={invite}>
        {({ name, expires }) => (
          <form className={classes.form} onSubmit={submit}>
            <p>
              You sign in as{' '}
              <strong>
                <OutsideText text={name} />
              </strong>
              . The link expires <Time time={expires} as="distance" />.
            </p>
            <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
            <NewPassword value={password} repeated={repeated} onValue={setPassword} onRepeated={setRepeated} />
            {problem !== undefined && <p role="alert">{problem}</p>}
            {accept.error !== null && <FailureNote failure={accept.error} />}
            <Button type="submit" loading={accept.isPending} fullWidth>
              Set the password and sign in
            </Button>
          </form>
        )}
      </Answered>
    </Door>
  );
}

// The own password, by which all other sessions end.
import { Button, PasswordInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { NewPassword, passwordProblem } from '../../parts/new-password.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import classes from './me.module.css';

export function ChangePassword(): ReactNode {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [repeated, setRepeated] = useState('');
  const [problem, setProblem] = useState<string>();
  const change = useChange('changePassword', ['getSession']);

  function submit(event: FormEvent): void {
    event.preventDefault();
    const wrong = passwordProblem(next, repeated);
    setProblem(wrong);
    if (wrong !== undefined) return;
    change.mutate(
      { current, next },
      {
        onSuccess: () => {
          setCurrent('');
          setNext('');
          setRepeated('');
        },
      },
    );
  }

  return (
    <Panel title="Password">
      <form className={classes.form} onSubmit={submit}>
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the current password' }}
        />
        <NewPassword value={next} repeated={repeated} onValue={setNext} onRepeated={setRepeated} />
        {problem !== undefined && <p role="alert">{problem}</p>}
        {change.error !== null && <FailureNote failure={change.error} />}
        {change.isSuccess && next === '' && (
          <p role="status">The password is changed, and all your other sessions have ended.</p>
        )}
        <Button type="submit" loading={change.isPending}>
          Change the password
        </Button>
      </form>
    </Panel>
  );
}

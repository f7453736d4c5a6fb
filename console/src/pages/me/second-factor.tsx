// The second factor (RFC 6238): its secret is shown once, and it holds when a code proves it.
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Tag } from '../../parts/tag.tsx';
import classes from './me.module.css';
import { QrCode } from './qr-code.tsx';

interface PasswordFormProps {
  readonly label: string;
  readonly pending: boolean;
  readonly onSubmit: (password: string) => void;
}

function PasswordForm({ label, pending, onSubmit }: PasswordFormProps): ReactNode {
  const [password, setPassword] = useState('');
  function submit(event: FormEvent): void {
    event.preventDefault();
    onSubmit(password);
    setPassword('');
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <PasswordInput
        label="Your password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
      />
      <Button type="submit" variant="default" loading={pending}>
        {label}
      </Button>
    </form>
  );
}

function RecoveryCodes({ codes }: { readonly codes: readonly string[] }): ReactNode {
  return (
    <>
      <p>
        The second factor holds. Keep these recovery codes apart from your authenticator: each signs you in once, and
        they are not shown again.
      </p>
      <ul className={`${classes.codes} mono`}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <CopyButton text={codes.join('\n')} label="Copy the codes" />
    </>
  );
}

interface EnrolProps {
  readonly secret: string;
  readonly uri: string;
  readonly onDone: (recoveryCodes: readonly string[]) => void;
}

function Enrol({ secret, uri, onDone }: EnrolProps): ReactNode {
  const [code, setCode] = useState('');
  const confirm = useChange('confirmTotp', ['getSession']);
  function submit(event: FormEvent): void {
    event.preventDefault();
    confirm.mutate({ code: code.replaceAll(/\s/g, '') }, { onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes) });
  }
  return (
    <div className={classes.enrol}>
      <QrCode text={uri} label="The secret as a QR code, for your authenticator" />
      <form className={classes.form} onSubmit={submit}>
        <p>Scan it with your authenticator, or type the secret into it:</p>
        <div className={`${classes.secret} mono`} data-testid="totp-secret">
          {secret}
        </div>
        <TextInput
          label="The code that it shows"
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          minLength={6}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        {confirm.error !== null && <FailureNote failure={confirm.error} />}
        <Button type="submit" loading={confirm.isPending}>
          Confirm
        </Button>
      </form>
    </div>
  );
}

export function SecondFactor({ on }: { readonly on: boolean }): ReactNode {
  const [codes, setCodes] = useState<readonly string[]>();
  const begin = useChange('beginTotp');
  const remove = useChange('removeTotp', ['getSession']);

  function show(): ReactNode {
    if (codes !== undefined) return <RecoveryCodes codes={codes} />;
    if (on) {
      return (
        <>
          <p className="dim">
            Signing in takes your password and a code. To change the device, remove it and begin anew.
          </p>
          <PasswordForm
            label="Remove the second factor"
            pending={remove.isPending}
            onSubmit={(password) => remove.mutate({ password }, { onSuccess: () => begin.reset() })}
          />
          {remove.error !== null && <FailureNote failure={remove.error} />}
        </>
      );
    }
    if (begin.data !== undefined) return <Enrol {...begin.data} onDone={setCodes} />;
    return (
      <>
        <p className="dim">A password alone can be lost. With a second factor, signing in takes a code as well.</p>
        <PasswordForm
          label="Set up a second factor"
          pending={begin.isPending}
          onSubmit={(password) => begin.mutate({ password })}
        />
        {begin.error !== null && <FailureNote failure={begin.error} />}
      </>
    );
  }

  return (
    <Panel
      title="Second factor"
      aside={<Tag tone={on || codes !== undefined ? 'good' : 'warn'}>{on || codes !== undefined ? 'on' : 'off'}</Tag>}
    >
      {show()}
    </Panel>
  );
}

// One's own account: password, second factor, session.
import type { ReactNode } from 'react';
import { Button } from '@mantine/core';
import { useChange } from '../../api/query.ts';
import { forgetSession, useSession } from '../../app/session.ts';
import type { Session } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Time } from '../../parts/time.tsx';
import { ChangePassword } from './change-password.tsx';
import classes from './me.module.css';
import { SecondFactor } from './second-factor.tsx';

function About({ session: { user, permissions, idleUntil, until } }: { readonly session: Session }): ReactNode {
  const signOut = useChange('signOut');
  return (
    <Panel title="Session">
      <Facts
        facts={[
          ['Name', <OutsideText key="name" text={user.name} />],
          ['Roles', user.roles.join(', ')],
          ['May', permissions.join(', ')],
          [
            'Left alone',
            <span key="idle">
              signed out <Time time={idleUntil} as="distance" />
            </span>,
          ],
          ['At the latest', <Time key="until" time={until} />],
        ]}
      />
      <Button
        mt="md"
        variant="default"
        loading={signOut.isPending}
        onClick={() => signOut.mutate({}, { onSettled: () => void forgetSession() })}
      >
        Sign out
      </Button>
      <p className={classes.note}>To end your sessions elsewhere, change your password.</p>
    </Panel>
  );
}

export function MePage(): ReactNode {
  const { session } = useSession();
  if (session === undefined) return null;
  return (
    <Page title="Your account">
      <div className={classes.columns}>
        <div className={classes.stack}>
          <SecondFactor on={session.user.totp} />
          <ChangePassword />
        </div>
        <About session={session} />
      </div>
    </Page>
  );
}

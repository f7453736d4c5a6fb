// Whoever is signed in, at the foot of the navigation: appearance, keys, the way out.
import { SegmentedControl, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import type { ReactNode } from 'react';
import { useChange } from '../api/query.ts';
import type { Session } from '../contract.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { OutsideText } from '../parts/outside-text.tsx';
import classes from './account-menu.module.css';
import { forgetSession } from './session.ts';

const SCHEMES: readonly (readonly [value: 'light' | 'dark' | 'auto', icon: IconName, label: string])[] = [
  ['light', 'sun', 'Light'],
  ['dark', 'moon', 'Dark'],
  ['auto', 'system', 'As the system'],
];

interface AccountMenuProps {
  readonly session: Session;
  readonly onHelp: () => void;
  readonly onChosen: () => void;
}

export function AccountMenu({ session, onHelp, onChosen }: AccountMenuProps): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useChange('signOut');
  return (
    <div className={classes.account}>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label="Appearance"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
        data={SCHEMES.map(([value, icon, label]) => ({
          value,
          label: (
            <span className={classes.scheme} title={label}>
              <Icon name={icon} size={14} />
              <span className="sr">{label}</span>
            </span>
          ),
        }))}
      />
      <UnstyledButton
        className={classes.line}
        onClick={() => {
          onChosen();
          onHelp();
        }}
      >
        <Icon name="keyboard" /> Keyboard
      </UnstyledButton>
      <UnstyledButton
        className={classes.line}
        onClick={() => signOut.mutate({}, { onSettled: () => void forgetSession() })}
      >
        <Icon name="exit" /> Sign out
      </UnstyledButton>
      <div className={classes.who}>
        <div className={classes.name}>
          <OutsideText text={session.user.name} />
        </div>
        <div className={classes.roles}>{session.user.roles.join(', ')}</div>
      </div>
    </div>
  );
}

// The five actions, alike wherever they appear: a colour, and always an icon and the word with it.
import type { ReactNode } from 'react';
import type { Action } from '../contract.ts';
import classes from './action.module.css';
import { Icon, type IconName } from './icon.tsx';

export const ACTION_ICONS: Readonly<Record<Action, IconName>> = {
  allow: 'check',
  flag: 'flag',
  redact: 'mask',
  hold: 'hand',
  block: 'ban',
};

export const ACTION_WORDS: Readonly<Record<Action, string>> = {
  allow: 'Allow',
  flag: 'Flag',
  redact: 'Redact',
  hold: 'Hold',
  block: 'Block',
};

/** For charts: the fill of an action. */
export const ACTION_FILLS: Readonly<Record<Action, string>> = {
  allow: 'var(--chart-allow)',
  flag: 'var(--chart-flag)',
  redact: 'var(--chart-redact)',
  hold: 'var(--chart-hold)',
  block: 'var(--chart-block)',
};

export function ActionBadge({
  action,
  large = false,
}: {
  readonly action: Action;
  readonly large?: boolean;
}): ReactNode {
  return (
    <span className={classes.badge} data-action={action} data-large={large || undefined}>
      <Icon name={ACTION_ICONS[action]} size={large ? 16 : 13} />
      {ACTION_WORDS[action]}
    </span>
  );
}

// A line about versions in quarantine, for pages on which people begin.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import { formatCount } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import classes from './models.module.css';

const REFRESH_MS = 30_000;

export function QuarantineNote(): ReactNode {
  const { data } = useApi('getRegistry', {}, { every: REFRESH_MS });
  const count = data?.states.quarantined ?? 0;
  if (count === 0) return null;
  return (
    <p className={classes.note} role="status">
      <Icon name="model" size={18} />
      <Link to="/models" search={{ state: 'quarantined' }}>
        {count === 1 ? 'One version of a model is' : `${formatCount(count)} versions of models are`} in quarantine
      </Link>
    </p>
  );
}

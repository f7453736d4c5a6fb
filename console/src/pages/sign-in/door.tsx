// The page before the pages: the mark, and one card.
import type { ReactNode } from 'react';
import { Shield } from '../../parts/shield.tsx';
import classes from './door.module.css';

interface DoorProps {
  readonly title: string;
  readonly lead: ReactNode;
  readonly children: ReactNode;
}

export function Door({ title, lead, children }: DoorProps): ReactNode {
  return (
    <main className={classes.door}>
      <div className={classes.brand}>
        <Shield size={34} />
        <span>Ancile</span>
      </div>
      <div className={classes.card}>
        <h1 className={classes.title}>{title}</h1>
        <p className={classes.lead}>{lead}</p>
        {children}
      </div>
    </main>
  );
}

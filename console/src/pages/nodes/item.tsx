// One node or source: its name and state, its figures, and what is wrong with it in words.
import type { ReactNode } from 'react';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';
import classes from './nodes.module.css';

interface ItemProps {
  readonly name: string;
  readonly state: string;
  readonly tone: Tone;
  readonly aside?: ReactNode;
  readonly wrong?: ReactNode;
  readonly facts: Parameters<typeof Facts>[0]['facts'];
  readonly children?: ReactNode;
}

export function Item({ name, state, tone, aside, wrong, facts, children }: ItemProps): ReactNode {
  return (
    <li className={classes.item}>
      <div className={classes.head}>
        <h3>
          <OutsideText text={name} />
        </h3>
        <span className={classes.state}>
          {aside}
          <Tag tone={tone}>{state}</Tag>
        </span>
      </div>
      {wrong !== undefined && <div className={classes.wrong}>{wrong}</div>}
      <Facts facts={facts} />
      {children}
    </li>
  );
}

export function Items({ children }: { readonly children: ReactNode }): ReactNode {
  return <ul className={classes.list}>{children}</ul>;
}

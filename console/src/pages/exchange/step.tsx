// One step of the timeline: a bullet, a heading, what there is to say.
import type { ReactNode } from 'react';
import type { Action } from '../../contract.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './exchange.module.css';

interface StepProps {
  readonly icon: IconName;
  readonly title: ReactNode;
  readonly action?: Action;
  readonly time?: string;
  readonly children?: ReactNode;
}

export function Step({ icon, title, action, time, children }: StepProps): ReactNode {
  return (
    <li className={classes.step}>
      <span className={classes.bullet} data-action={action}>
        <Icon name={icon} size={15} />
      </span>
      <div>
        <div className={classes.stepHead}>
          <h3 className={classes.stepTitle}>{title}</h3>
          {time !== undefined && (
            <span className={classes.when}>
              <Time time={time} />
            </span>
          )}
        </div>
        <div className={classes.stepBody}>{children}</div>
      </div>
    </li>
  );
}

// How much of what should be known of a model its files state, and what nobody states.
import type { ReactNode } from 'react';
import type { BomFacts } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import classes from './bom.module.css';
import { LongName } from './words.tsx';

const MOST_UNREAD = 20;

export function Completeness({ facts: { score, missing, unread } }: { readonly facts: BomFacts }): ReactNode {
  return (
    <Panel title="Completeness">
      <p className={classes.score}>
        <strong className="num">{score}</strong> of 100
      </p>
      <div
        className={classes.meter}
        role="meter"
        aria-label="Completeness"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={score}
      >
        <span className={classes.filled} style={{ width: `${score}%` }} />
      </div>
      {missing.length > 0 && (
        <>
          <h3 className={classes.subhead}>No file states</h3>
          <ul className={classes.missing}>
            {missing.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </>
      )}
      {unread.length > 0 && (
        <>
          <h3 className={classes.subhead}>Not read</h3>
          <ul className={classes.unread}>
            {unread.slice(0, MOST_UNREAD).map(({ path, reason }, i) => (
              <li key={i}>
                <span className="mono">
                  <LongName name={path} />
                </span>
                : <OutsideText text={reason} />
              </li>
            ))}
            {unread.length > MOST_UNREAD && <li>and {formatCount(unread.length - MOST_UNREAD)} more</li>}
          </ul>
        </>
      )}
      <p className={classes.note}>
        The share of fields that are stated, by weight; whether they are true, it does not say.
      </p>
    </Panel>
  );
}

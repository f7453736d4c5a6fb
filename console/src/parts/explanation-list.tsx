// What moved a score: words, concepts and rules with their weights as bars, the heaviest first.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Explanation, Reason } from '../contract.ts';
import classes from './explanation-list.module.css';
import { formatCount, formatShare, formatWeight } from './format.ts';
import { Identifier } from './identifier.tsx';
import { OutsideText } from './outside-text.tsx';
import { Tag, type Tone } from './tag.tsx';

/** Reasons that are shown at first. */
const FEW = 8;

const TONES: Readonly<Record<Reason['kind'], Tone>> = { word: 'plain', concept: 'accent', rule: 'warn' };

interface ReasonsProps {
  readonly label: string;
  readonly reasons: readonly Reason[];
}

function Reasons({ label, reasons }: ReasonsProps): ReactNode {
  const [all, setAll] = useState(false);
  const most = Math.max(...reasons.map(({ weight }) => Math.abs(weight)), Number.EPSILON);
  return (
    <>
      <ul className={classes.reasons} aria-label={label}>
        {reasons.slice(0, all ? reasons.length : FEW).map(({ kind, what, weight }, i) => (
          <li key={i} className={classes.reason}>
            <span className={classes.what}>
              <Tag tone={TONES[kind]}>{kind}</Tag>{' '}
              {kind === 'word' ? <OutsideText text={what} /> : <Identifier name={what} />}
            </span>
            <span className={classes.track} aria-hidden="true">
              <span
                className={classes.bar}
                data-sign={weight < 0 ? 'minus' : 'plus'}
                style={{ width: `${(Math.abs(weight) / most) * 100}%` }}
              />
            </span>
            <span className={classes.weight}>{formatWeight(weight)}</span>
          </li>
        ))}
      </ul>
      {!all && reasons.length > FEW && (
        <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
          Show all {formatCount(reasons.length)}
        </Button>
      )}
    </>
  );
}

/** A rule that fired is its own and only reason. */
const isRule = ({ reasons }: Explanation): boolean => reasons.length === 1 && reasons[0]!.kind === 'rule';

/** `explanations`: of one text. */
export function ExplanationList({ explanations }: { readonly explanations: readonly Explanation[] }): ReactNode {
  const rules = explanations.filter(isRule).flatMap(({ reasons }) => reasons);
  return (
    <>
      <ul className={classes.list}>
        {explanations
          .filter((each) => !isRule(each))
          .map(({ rule, score, start, end, reasons }, i) => (
            <li key={i} className={classes.one}>
              <p className={classes.head}>
                <span className={classes.rule}>
                  <Identifier name={rule} />
                </span>
                <span>{formatShare(score)}</span>
                <span className="dim">
                  characters {formatCount(start)} to {formatCount(end)}
                </span>
              </p>
              <Reasons label={`What moved ${rule}`} reasons={reasons} />
            </li>
          ))}
        {rules.length > 0 && (
          <li className={classes.one}>
            <p className={classes.head}>
              <span className={classes.rule}>Rules that fired</span>
            </p>
            <Reasons label="Rules that fired" reasons={rules} />
          </li>
        )}
      </ul>
      <p className={classes.note}>
        What adds to a score has a plus, what takes from it a minus: in the log odds for words and concepts, in the
        score itself for a rule.
      </p>
    </>
  );
}

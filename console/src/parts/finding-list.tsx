// Findings, as rows: what was seen, how bad and how sure, where.
import type { ReactNode } from 'react';
import type { Finding } from '../contract.ts';
import classes from './finding-list.module.css';
import { formatShare, toWords } from './format.ts';
import { OutsideText } from './outside-text.tsx';
import { SeverityTag } from './tag.tsx';

interface FindingListProps {
  readonly findings: readonly Finding[];
  /** What stands at the foot of a finding. */
  readonly foot?: (finding: Finding) => ReactNode;
}

export function FindingList({ findings, foot }: FindingListProps): ReactNode {
  return (
    <ul className={classes.list}>
      {findings.map((finding, i) => (
        <li key={i} className={classes.finding}>
          <div className={classes.head}>
            <span className={`mono ${classes.rule}`}>{finding.rule}</span>
            <SeverityTag severity={finding.severity} />
            <span className={classes.score} title="How sure">
              {formatShare(finding.score)}
            </span>
          </div>
          {finding.evidence !== '' && (
            <div className={classes.evidence}>
              <OutsideText text={finding.evidence} />
            </div>
          )}
          <div className={classes.place}>
            {toWords(finding.channel)} at{' '}
            <span className="mono">
              <OutsideText text={finding.segment === '' ? 'the text' : finding.segment} />
            </span>
            , characters {finding.start} to {finding.end}
            {finding.techniques.length > 0 && <> · {finding.techniques.join(', ')}</>}
          </div>
          {foot?.(finding)}
        </li>
      ))}
    </ul>
  );
}

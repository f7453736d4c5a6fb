// The rules that are data, searched and filtered here: there are some hundreds.
import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useMemo, useState } from 'react';
import type { DetectorView, FindingClass, RuleView } from '../../contract.ts';
import { formatCount, formatShare, toWords } from '../../parts/format.ts';
import { Identifier } from '../../parts/identifier.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { SeverityTag, Tag } from '../../parts/tag.tsx';
import classes from './detectors.module.css';

/** Rows that are shown at first, and with each press for more. */
const STEP = 100;

interface RuleListProps {
  readonly detectors: readonly DetectorView[];
  readonly words: string;
  readonly found: FindingClass | undefined;
  readonly disabledOnly: boolean;
}

function matches(rule: RuleView, words: readonly string[]): boolean {
  const text = [rule.id, rule.message, rule.source, ...rule.techniques].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

export function RuleList({ detectors, words, found, disabledOnly }: RuleListProps): ReactNode {
  const [limit, setLimit] = useState(STEP);
  const shown = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/);
    return detectors
      .flatMap((detector) => detector.rules)
      .filter((rule) => (found === undefined || rule.class === found) && (!disabledOnly || rule.disabled))
      .filter((rule) => matches(rule, wanted));
  }, [detectors, words, found, disabledOnly]);

  if (shown.length === 0) {
    return (
      <Panel>
        <Empty icon="detector" title="No rule fits">
          <p>
            Rules of your own are files named as <code>detect.rules</code> in the configuration; a rule is switched off
            by its id in <code>detect.disabled</code>.
          </p>
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel flush>
      <Table
        label="Rules"
        rows={shown.slice(0, limit)}
        rowKey={({ id, source }) => `${source} ${id}`}
        columns={[
          {
            title: 'Rule',
            cell: ({ id, disabled }) => (
              <>
                <Link to="/traffic" search={{ rule: id }} data-row title="Traffic where it fired">
                  <Identifier name={id} />
                </Link>{' '}
                {disabled && <Tag tone="warn">disabled</Tag>}
              </>
            ),
          },
          { title: 'Severity', cell: ({ severity }) => <SeverityTag severity={severity} /> },
          { title: 'Finds', cell: ({ message }) => <OutsideText text={message} /> },
          { title: 'Class', wide: true, cell: (rule) => toWords(rule.class) },
          { title: 'Score', wide: true, align: 'right', cell: ({ score }) => formatShare(score) },
          {
            title: 'Techniques',
            wide: true,
            cell: ({ techniques }) => <span className={classes.techniques}>{techniques.join(', ')}</span>,
          },
          { title: 'From', wide: true, cell: ({ source }) => <OutsideText text={source} /> },
        ]}
      />
      {shown.length > limit && (
        <div className={classes.more}>
          <Button variant="default" size="compact-sm" onClick={() => setLimit(limit + STEP)}>
            Show more ({formatCount(shown.length - limit)})
          </Button>
        </div>
      )}
    </Panel>
  );
}

// Who and what stood out in a span: each name leads to its traffic.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ACTIONS, FindingClass, type Overview } from '../../contract.ts';
import { ACTION_FILLS, ACTION_WORDS, ActionBadge } from '../../parts/action.tsx';
import { formatCompact, formatCost, formatCount, toWords } from '../../parts/format.ts';
import { Identifier } from '../../parts/identifier.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import classes from './overview.module.css';

interface OverviewProps {
  readonly overview: Overview;
}

const ACTED = ACTIONS.filter((action) => action !== 'allow');

export function ClassBars({ overview }: OverviewProps): ReactNode {
  const bars = overview.classes
    .map(({ name, actions }) => ({ name, actions, total: ACTED.reduce((sum, each) => sum + actions[each], 0) }))
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total);
  if (bars.length === 0) {
    return (
      <Empty icon="check" title="Nothing was found">
        <p>What the detectors look for is under Detectors.</p>
      </Empty>
    );
  }
  const most = bars[0]!.total;
  return (
    <>
      <ul className={classes.bars}>
        {bars.map(({ name, actions, total }) => {
          const known = FindingClass.safeParse(name).data;
          const parts = ACTED.filter((action) => actions[action] > 0);
          const words = parts.map((action) => `${ACTION_WORDS[action]} ${formatCount(actions[action])}`).join(', ');
          return (
            <li key={name} className={classes.bar}>
              {known === undefined ? (
                <span>{toWords(name)}</span>
              ) : (
                <Link to="/traffic" search={{ class: known }}>
                  {toWords(name)}
                </Link>
              )}
              <span className={classes.track} title={words}>
                {parts.map((action) => (
                  <span
                    key={action}
                    className={classes.part}
                    style={{ background: ACTION_FILLS[action], width: `${(actions[action] / most) * 100}%` }}
                  />
                ))}
                <span className="sr">{words}</span>
              </span>
              <span className={`${classes.total} num`}>{formatCompact(total)}</span>
            </li>
          );
        })}
      </ul>
      <div className={classes.legend} aria-hidden="true">
        {ACTED.map((action) => (
          <ActionBadge key={action} action={action} />
        ))}
      </div>
    </>
  );
}

export function RuleTable({ overview: { rules } }: OverviewProps): ReactNode {
  if (rules.length === 0) return <Empty icon="check" title="No rule fired" />;
  return (
    <Table
      label="Rules by how often they fired"
      rows={rules.slice(0, 8)}
      rowKey={({ name }) => name}
      columns={[
        {
          title: 'Rule',
          cell: ({ name }) => (
            <Link to="/traffic" search={{ rule: name }} data-row>
              <Identifier name={name} />
            </Link>
          ),
        },
        { title: 'Findings', align: 'right', cell: ({ count }) => formatCount(count) },
      ]}
    />
  );
}

export function PrincipalTable({ overview: { principals } }: OverviewProps): ReactNode {
  if (principals.length === 0) return <Empty icon="key" title="No key was used" />;
  return (
    <Table
      label="Keys by traffic"
      rows={principals.slice(0, 8)}
      rowKey={({ id }) => id}
      columns={[
        {
          title: 'Key',
          cell: ({ id, name }) => (
            <Link to="/traffic" search={{ principal: id }} data-row>
              <OutsideText text={name} />
            </Link>
          ),
        },
        { title: 'Exchanges', align: 'right', cell: ({ exchanges }) => formatCompact(exchanges) },
        { title: 'Denied', align: 'right', cell: ({ denied }) => formatCompact(denied) },
        { title: 'Tokens', align: 'right', wide: true, cell: ({ tokens }) => formatCompact(tokens) },
        { title: 'Cost', align: 'right', cell: ({ costMicros }) => formatCost(costMicros) },
      ]}
    />
  );
}

export function ModelTable({ overview: { models } }: OverviewProps): ReactNode {
  if (models.length === 0) return <Empty icon="upstream" title="No model was asked" />;
  return (
    <Table
      label="Models by traffic"
      rows={models.slice(0, 8)}
      rowKey={({ name }) => name}
      columns={[
        {
          title: 'Model',
          cell: ({ name }) => (
            <Link to="/traffic" search={{ model: name }} data-row>
              <OutsideText text={name} />
            </Link>
          ),
        },
        { title: 'Exchanges', align: 'right', cell: ({ exchanges }) => formatCompact(exchanges) },
        { title: 'Tokens', align: 'right', wide: true, cell: ({ tokens }) => formatCompact(tokens) },
        { title: 'Cost', align: 'right', cell: ({ costMicros }) => formatCost(costMicros) },
      ]}
    />
  );
}

// Exchanges as rows: a table where there is room, cards on a phone. Only the rows in sight are in the page.
import { useMediaQuery } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useRef } from 'react';
import type { ExchangeRow } from '../../contract.ts';
import { ActionBadge } from '../../parts/action.tsx';
import { formatCompact, formatCost, formatDuration } from '../../parts/format.ts';
import { Outcome } from '../../parts/outcome.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { useRowWindow } from '../../parts/row-window.ts';
import { Time } from '../../parts/time.tsx';
import classes from './traffic-table.module.css';

const ROW_HEIGHT = 37;
const CARD_HEIGHT = 92;

interface RowsProps {
  readonly rows: readonly ExchangeRow[];
}

function Classes({ names }: { readonly names: readonly string[] }): ReactNode {
  if (names.length === 0) return null;
  return <span className={classes.found}>{names.join(', ')}</span>;
}

function Line({ row }: { readonly row: ExchangeRow }): ReactNode {
  return (
    <tr>
      <td>
        <Link to="/traffic/$id" params={{ id: row.id }} data-row className={classes.link}>
          <Time time={row.time} />
        </Link>
      </td>
      <td>
        <ActionBadge action={row.action} />
      </td>
      <td>
        <span className="clip">
          <OutsideText text={row.principalName} />
        </span>
      </td>
      <td>
        <span className="clip">
          <OutsideText text={row.model} />
        </span>
      </td>
      <td>
        <Classes names={row.classes} />
      </td>
      <td>
        <Outcome row={row} />
      </td>
      <td data-align="right">
        {formatCompact(row.inputTokens)} / {formatCompact(row.outputTokens)}
      </td>
      <td data-align="right">{formatCost(row.costMicros)}</td>
      <td data-align="right">{row.durationMs === null ? '…' : formatDuration(row.durationMs)}</td>
    </tr>
  );
}

function Card({ row }: { readonly row: ExchangeRow }): ReactNode {
  return (
    <li className={classes.card}>
      <Link to="/traffic/$id" params={{ id: row.id }} data-row className={classes.cardLink}>
        <span className={classes.cardTop}>
          <ActionBadge action={row.action} />
          <Time time={row.time} />
        </span>
        <span className="clip">
          <strong>
            <OutsideText text={row.principalName} />
          </strong>{' '}
          <OutsideText text={row.model} />
        </span>
        <span className={classes.cardEnd}>
          <Outcome row={row} />
          <span className="clip">
            <Classes names={row.classes} />
          </span>
          <span className="num nowrap">{row.durationMs === null ? '…' : formatDuration(row.durationMs)}</span>
        </span>
      </Link>
    </li>
  );
}

function Gap({ height }: { readonly height: number }): ReactNode {
  if (height === 0) return null;
  return (
    <tr aria-hidden="true" className={classes.gap}>
      <td colSpan={9} style={{ height }} />
    </tr>
  );
}

function Lines({ rows }: RowsProps): ReactNode {
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, last } = useRowWindow(body, rows.length, ROW_HEIGHT);
  return (
    <table className={classes.table} aria-rowcount={rows.length + 1}>
      <caption className="sr">Exchanges, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Decision</th>
          <th scope="col">Key</th>
          <th scope="col">Model</th>
          <th scope="col">Found</th>
          <th scope="col">Outcome</th>
          <th scope="col" data-align="right">
            Tokens in / out
          </th>
          <th scope="col" data-align="right">
            Cost
          </th>
          <th scope="col" data-align="right">
            Took
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        <Gap height={first * ROW_HEIGHT} />
        {rows.slice(first, last).map((row) => (
          <Line key={row.id} row={row} />
        ))}
        <Gap height={(rows.length - last) * ROW_HEIGHT} />
      </tbody>
    </table>
  );
}

function Cards({ rows }: RowsProps): ReactNode {
  const list = useRef<HTMLUListElement>(null);
  const { first, last } = useRowWindow(list, rows.length, CARD_HEIGHT);
  const padding = { paddingTop: first * CARD_HEIGHT, paddingBottom: (rows.length - last) * CARD_HEIGHT };
  return (
    <ul ref={list} className={classes.cards} style={padding} aria-label="Exchanges, newest first">
      {rows.slice(first, last).map((row) => (
        <Card key={row.id} row={row} />
      ))}
    </ul>
  );
}

export function TrafficTable({ rows }: RowsProps): ReactNode {
  const narrow = useMediaQuery('(max-width: 56em)', undefined, { getInitialValueInEffect: false });
  return narrow ? <Cards rows={rows} /> : <Lines rows={rows} />;
}

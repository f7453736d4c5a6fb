// Other exchanges of the same conversation.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import { ActionBadge } from '../../parts/action.tsx';
import { formatCount } from '../../parts/format.ts';
import { Panel } from '../../parts/page.tsx';
import { Answered, Empty, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './exchange.module.css';

const SHOWN = 12;

interface SameSessionProps {
  readonly session: string;
  /** The exchange that the page is of. */
  readonly id: string;
}

export function SameSession({ session, id }: SameSessionProps): ReactNode {
  const query = useApi('searchExchanges', { session, limit: SHOWN });
  const all = (
    <Link to="/traffic" search={{ session }}>
      All
    </Link>
  );
  return (
    <Panel title="Same conversation" aside={all} flush>
      <Answered query={query} loading={<Loading lines={3} />}>
        {({ exchanges }) =>
          exchanges.length <= 1 ? (
            <Empty icon="traffic" title="This is the only exchange of it" />
          ) : (
            <ul className={classes.others}>
              {exchanges.map((row) => (
                <li key={row.id}>
                  <Link
                    to="/traffic/$id"
                    params={{ id: row.id }}
                    data-row
                    aria-current={row.id === id ? 'true' : undefined}
                  >
                    <Time time={row.time} />
                    <ActionBadge action={row.action} />
                    <span className="num dim">{formatCount(row.inputTokens + row.outputTokens)} tokens</span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}

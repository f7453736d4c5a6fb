// Tool servers behind the gateway: which there are, what each offers, and a person's word on each definition.
import { Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { PinState, ToolPin, ToolServerView } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Tag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { PinCard } from './pin-card.tsx';
import { PinStateTag } from './pin-state.tsx';
import classes from './tools.module.css';

const REFRESH_MS = 10_000;
const MOST = 100;

/** What waits for a decision comes first. */
const ORDER: readonly PinState[] = ['changed', 'pending', 'denied', 'approved'];

function Pins({ pins }: { readonly pins: ToolServerView['pins'] }): ReactNode {
  return (
    <span className={classes.counts}>
      {ORDER.filter((state) => pins[state] > 0).map((state) => (
        <PinStateTag key={state} state={state} count={pins[state]} />
      ))}
    </span>
  );
}

function Servers({ servers }: { readonly servers: readonly ToolServerView[] }): ReactNode {
  return (
    <Panel title="Servers" flush>
      <Table
        label="Tool servers"
        rows={servers}
        rowKey={({ server }) => server}
        columns={[
          {
            title: 'Server',
            cell: ({ server }) => (
              <Link to="/tools" search={{ server }}>
                <OutsideText text={server} />
              </Link>
            ),
          },
          { title: 'Definitions', cell: ({ pins }) => <Pins pins={pins} /> },
          {
            title: 'Kind',
            wide: true,
            cell: ({ kind, configured }) => (configured ? (kind ?? '–') : <Tag>not configured any more</Tag>),
          },
          { title: 'Sessions', align: 'right', wide: true, cell: ({ sessions }) => formatCount(sessions) },
          {
            title: 'Calls itself',
            wide: true,
            cell: ({ seen }) => (seen === undefined ? '–' : <OutsideText text={`${seen.name} ${seen.version}`} />),
          },
          {
            title: 'Seen',
            wide: true,
            cell: ({ seen }) => (seen === undefined ? 'never' : <Time time={seen.last} as="distance" />),
          },
        ]}
      />
    </Panel>
  );
}

function rank({ state }: ToolPin): number {
  return ORDER.indexOf(state);
}

function Definitions({ server }: { readonly server: string | undefined }): ReactNode {
  const query = useApi('getToolPins', server === undefined ? {} : { server }, { keep: true, every: REFRESH_MS });
  return (
    <Answered query={query}>
      {({ pins }) => {
        const sorted = [...pins].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
        if (sorted.length === 0) return null;
        return (
          <section className={classes.pins} aria-label="Definitions">
            {sorted.slice(0, MOST).map((pin) => (
              <PinCard key={`${pin.server} ${pin.kind} ${pin.name}`} pin={pin} />
            ))}
            {sorted.length > MOST && (
              <p className="dim">and {formatCount(sorted.length - MOST)} more: choose a server</p>
            )}
          </section>
        );
      }}
    </Answered>
  );
}

export function ToolsPage(): ReactNode {
  const { server } = useSearch({ from: '/gate/tools' });
  const query = useApi('getToolServers', {}, { keep: true, every: REFRESH_MS });
  return (
    <Page
      title="Tool servers"
      lead="What agents can be offered. A definition is used once somebody has said yes to exactly it."
      actions={server !== undefined && <Link to="/tools">All servers</Link>}
    >
      <Answered query={query}>
        {({ servers }) =>
          servers.length === 0 ? (
            <Panel>
              <Empty icon="tool" title="No tool servers">
                <p>
                  Name them under <code>mcp.servers</code> in the configuration, and give keys a scope of tools.
                </p>
              </Empty>
            </Panel>
          ) : (
            <>
              {server === undefined && <Servers servers={servers} />}
              <Definitions server={server} />
            </>
          )
        }
      </Answered>
    </Page>
  );
}

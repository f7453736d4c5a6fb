// Virtual keys: who may ask, for what, and how much.
import { Button, Switch, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useApi } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { KeyInfo } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { CreateKey } from './create-key.tsx';
import { KeyState, budgetWords, isActive } from './key-state.tsx';
import classes from './keys.module.css';

function matches(info: KeyInfo, words: string): boolean {
  const text = [info.id, info.name, info.tenant, info.kind, ...info.routes].join(' ').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

function Keys({
  keys,
  may,
  onCreate,
}: {
  readonly keys: readonly KeyInfo[];
  readonly may: boolean;
  readonly onCreate: () => void;
}): ReactNode {
  const [words, setWords] = useState('');
  const [ended, setEnded] = useState(false);
  if (keys.length === 0) {
    return (
      <Panel>
        <Empty icon="key" title="There is no key yet">
          <p>Programs use a key of this gateway in the place of a provider’s; the provider’s key never leaves it.</p>
          {may && (
            <p>
              <Button onClick={onCreate}>Make the first key</Button>
            </p>
          )}
        </Empty>
      </Panel>
    );
  }
  const shown = keys.filter((info) => (ended || isActive(info)) && matches(info, words.trim()));
  return (
    <>
      <div className={classes.tools}>
        <TextInput
          data-search
          type="search"
          className={classes.search}
          aria-label="Search keys"
          placeholder="Name, id, tenant or route"
          leftSection={<Icon name="search" />}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <Switch
          label="Revoked and expired too"
          checked={ended}
          onChange={(event) => setEnded(event.currentTarget.checked)}
        />
      </div>
      <Panel flush>
        {shown.length === 0 ? (
          <Empty icon="search" title="No key fits">
            <p>Search by another word, or show revoked and expired ones too.</p>
          </Empty>
        ) : (
          <Table
            label="Keys"
            rows={shown}
            rowKey={({ id }) => id}
            columns={[
              {
                title: 'Name',
                cell: ({ id, name }) => (
                  <Link to="/keys/$id" params={{ id }} data-row>
                    <OutsideText text={name} />
                  </Link>
                ),
              },
              { title: 'State', cell: (info) => <KeyState info={info} /> },
              { title: 'For', wide: true, cell: ({ kind }) => kind },
              { title: 'Tenant', wide: true, cell: ({ tenant }) => <OutsideText text={tenant} /> },
              {
                title: 'Models',
                cell: ({ routes }) => <span className="mono">{routes.join(', ')}</span>,
              },
              {
                title: 'Budgets',
                wide: true,
                cell: ({ budgets }) =>
                  budgets.length === 0 ? (
                    <span className="dim">none</span>
                  ) : (
                    budgets.map((budget) => <div key={budget.period}>{budgetWords(budget)}</div>)
                  ),
              },
              { title: 'Made', wide: true, cell: ({ created }) => <Time time={created} as="date" /> },
            ]}
          />
        )}
      </Panel>
    </>
  );
}

export function KeysPage(): ReactNode {
  const query = useApi('listKeys', {});
  const may = useMay('keys.manage');
  const [creating, { open, close }] = useDisclosure();
  return (
    <Page
      title="Keys"
      lead="A key says who asks. It names the models he may use, and what he may spend."
      actions={
        may && (
          <Button leftSection={<Icon name="plus" />} onClick={open}>
            Make a key
          </Button>
        )
      }
    >
      <Answered query={query}>{({ keys }) => <Keys keys={keys} may={may} onCreate={open} />}</Answered>
      {may && <CreateKey opened={creating} onClose={close} />}
    </Page>
  );
}

// Every policy of the set: what it does, and why it says it does.
import { TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { PolicySetView } from '../../contract.ts';
import { ActionBadge } from '../../parts/action.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Identifier } from '../../parts/identifier.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Tag } from '../../parts/tag.tsx';
import classes from './policies.module.css';

interface PolicyLinesProps {
  readonly set: PolicySetView;
  /** Id of a policy that an address names. */
  readonly selected: string | undefined;
}

export function PolicyLines({ set, selected }: PolicyLinesProps): ReactNode {
  const [words, setWords] = useState(selected ?? '');
  const given = useRef(selected);
  useEffect(() => {
    if (given.current !== selected) setWords(selected ?? '');
    given.current = selected;
  }, [selected]);
  const wanted = words.trim().toLowerCase();
  const shown = set.policies.filter(({ id, reason, file }) =>
    [id, reason, file].some((text) => text.toLowerCase().includes(wanted)),
  );
  return (
    <>
      <TextInput
        data-search
        type="search"
        aria-label="Search policies"
        placeholder="Id, reason or file"
        leftSection={<Icon name="search" />}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      <Panel flush>
        {shown.length === 0 ? (
          <Empty icon="policy" title="No policy of this set fits">
            <p>
              {selected === undefined
                ? 'Search by another word.'
                : 'The policy that ruled is not in the set in force: the set has changed since.'}
            </p>
          </Empty>
        ) : (
          <Table
            label="Policies of the set"
            rows={shown}
            rowKey={({ id }) => id}
            columns={[
              { title: 'Does', cell: ({ action }) => <ActionBadge action={action} />, width: '6.5rem' },
              {
                title: 'Policy',
                cell: ({ id, reask }) => (
                  <>
                    <Link to="/policies" search={{ tab: 'files', policy: id }} data-row>
                      <Identifier name={id} />
                    </Link>{' '}
                    {reask && <Tag tone="accent">asks once more</Tag>}
                  </>
                ),
              },
              { title: 'Because', cell: ({ reason }) => <OutsideText text={reason} /> },
              { title: 'By', wide: true, cell: ({ effect }) => effect },
              {
                title: 'Where',
                wide: true,
                cell: ({ file, line }) => (
                  <span className="mono dim">
                    {file}:{line}
                  </span>
                ),
              },
            ]}
          />
        )}
      </Panel>
      <Panel title="Where a stage fails">
        <ul className={classes.faults}>
          {Object.entries(set.onFault).map(([stage, choice]) => (
            <li key={stage}>
              <span className="mono">{stage}</span> <Tag tone={choice === 'deny' ? 'plain' : 'warn'}>{choice}</Tag>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}

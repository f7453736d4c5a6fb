// What the bill of materials of another version of the same repository has different.
import { Select } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { BomChange } from '../../contract.ts';
import { formatCount, formatDate } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Answered, Loading } from '../../parts/states.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';
import classes from './bom.module.css';
import { LongName, partsOfId, shortRevision } from './words.tsx';

const VERSIONS = 100;
const MOST = 200;
const TONES: Readonly<Record<BomChange['change'], Tone>> = { added: 'good', removed: 'bad', changed: 'warn' };

function shorten(text: string): string {
  const most = /^[0-9a-f]{40,}$/.test(text) ? 16 : 80;
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function Change({ change: { kind, change, name, from, to } }: { readonly change: BomChange }): ReactNode {
  const values = [from, to].filter((value) => value !== undefined && value !== 'declared' && value !== 'named');
  return (
    <li className={classes.changed}>
      <div className={classes.changedHead}>
        <Tag tone={TONES[change]}>{change}</Tag>
        <span className="dim">{kind.replaceAll('-', ' ')}</span>
      </div>
      <LongName name={name} />
      {values.length > 0 && (
        <div className={classes.values}>
          <OutsideText text={values.map((value) => shorten(value!)).join(' → ')} />
        </div>
      )}
    </li>
  );
}

function Changes({ id, other }: { readonly id: string; readonly other: string }): ReactNode {
  const query = useApi('compareModels', { id, with: other });
  return (
    <Answered query={query} loading={<Loading lines={3} />}>
      {({ changes, left }) =>
        changes.length === 0 ? (
          <p className={classes.note}>Nothing differs.</p>
        ) : (
          <>
            <ul className={classes.changes} aria-label="Changes">
              {changes.slice(0, MOST).map((change, i) => (
                <Change key={i} change={change} />
              ))}
            </ul>
            {changes.length + left > MOST && (
              <p className={classes.note}>and {formatCount(changes.length + left - MOST)} more</p>
            )}
          </>
        )
      }
    </Answered>
  );
}

export function BomComparison({ id }: { readonly id: string }): ReactNode {
  const { with: other } = useSearch({ from: '/gate/models/bom' });
  const navigate = useNavigate();
  const { source, repo } = partsOfId(id);
  const { data } = useApi('listModels', { source, repo, limit: VERSIONS });
  const others = (data?.models ?? []).filter((model) => model.id !== id);
  return (
    <Panel title="Against another version">
      {data !== undefined && others.length === 0 ? (
        <p className={classes.note}>No other version of this repository was asked for.</p>
      ) : (
        <Select
          label="Since"
          placeholder="Choose a version"
          clearable
          data={others.map((model) => ({
            value: model.id,
            label: `${shortRevision(model.revision)}, ${formatDate(model.modified ?? model.firstSeen)}`,
          }))}
          value={other ?? null}
          onChange={(value) =>
            void navigate({ to: '/models/bom', search: value === null ? { id } : { id, with: value }, replace: true })
          }
        />
      )}
      {other !== undefined && <Changes key={other} id={id} other={other} />}
    </Panel>
  );
}

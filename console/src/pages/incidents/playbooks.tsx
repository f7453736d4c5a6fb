// What playbooks did about an incident, step by step; what they wait for; and the next one to run.
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { PlaybookRun } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Answered } from '../../parts/states.tsx';
import { Tag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { PLAYBOOK_TONES, Steps } from './playbook-steps.tsx';
import classes from './playbooks.module.css';
import { RunPlaybook } from './run-playbook.tsx';

const REFRESH_MS = 3_000;

function Run({ run, isFirst }: { readonly run: PlaybookRun; readonly isFirst: boolean }): ReactNode {
  const { name, state, actor, started } = run;
  return (
    <details className={classes.run} open={isFirst || state === 'waiting'}>
      <summary>
        <Tag tone={PLAYBOOK_TONES[state]}>{state}</Tag> <strong>{name}</strong>{' '}
        <span className="dim">
          <Time time={started} as="date" /> by <OutsideText text={actor} />
        </span>
      </summary>
      <Steps run={run} />
    </details>
  );
}

export function Playbooks({ id }: { readonly id: string }): ReactNode {
  const query = useApi('listPlaybookRuns', { id }, { every: REFRESH_MS });
  return (
    <Panel title="Playbooks" aside={<RunPlaybook incident={id} />}>
      <Answered query={query}>
        {({ runs }) =>
          runs.length === 0 ? (
            <p className="dim">None was run. One says first what it would do.</p>
          ) : (
            runs.map((run, i) => <Run key={run.run} run={run} isFirst={i === 0} />)
          )
        }
      </Answered>
    </Panel>
  );
}

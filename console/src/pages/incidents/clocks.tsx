// Legal deadlines of an incident: how much of each is left, and the drafts of their notices. No legal advice.
import type { ReactNode } from 'react';
import { ask, useApi } from '../../api/query.ts';
import type { LegalClock, LegalQuestion } from '../../contract.ts';
import { formatDuration } from '../../parts/format.ts';
import { Panel } from '../../parts/page.tsx';
import { SaveButton } from '../../parts/save-button.tsx';
import { fileNameOf, saveFile } from '../../parts/save-file.ts';
import { Answered } from '../../parts/states.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';
import { Time, useNow } from '../../parts/time.tsx';
import classes from './clocks.module.css';
import { Questions } from './questions.tsx';

const WORDS: Readonly<Record<LegalClock['state'], readonly [word: string, tone: Tone]>> = {
  overdue: ['overdue', 'bad'],
  running: ['running', 'warn'],
  unanswered: ['to be answered', 'plain'],
  done_late: ['sent late', 'bad'],
  done: ['sent', 'good'],
  not_needed: ['does not apply', 'plain'],
};
const ORDER = Object.keys(WORDS) as LegalClock['state'][];
const TICK_MS = 1_000;

/** How much of the time has gone, as a bar, and what is left in words. */
function Left({ started, deadline }: { readonly started: string; readonly deadline: string }): ReactNode {
  const now = useNow(TICK_MS);
  const [from, to] = [Date.parse(started), Date.parse(deadline)];
  const gone = Math.min(1, Math.max(0, (now - from) / Math.max(1, to - from)));
  const left = to - now;
  return (
    <>
      <svg className={classes.bar} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect width="100" height="4" className={classes.track} />
        <rect width={gone * 100} height="4" className={left < 0 ? classes.over : classes.gone} />
      </svg>
      <p className={classes.left}>
        <strong className="num">
          {left < 0 ? `${formatDuration(-left)} too late` : `${formatDuration(left)} left`}
        </strong>
        {' of '}
        {formatDuration(to - from)}
        {', until '}
        <Time time={deadline} />
      </p>
    </>
  );
}

interface LineProps {
  readonly clock: LegalClock;
  readonly incident: string;
  readonly questions: readonly LegalQuestion[];
}

function Line({ clock, incident, questions }: LineProps): ReactNode {
  const { regime, law, notice, to, state, missing, started, deadline, done, note, limit, because } = clock;
  const [word, tone] = WORDS[state];
  const textOf = (fact: string): string => questions.find(({ id }) => id === fact)?.text ?? fact;
  const isDrafted = state !== 'not_needed' && state !== 'unanswered';
  return (
    <li className={classes.clock} data-dim={state === 'not_needed' || undefined}>
      <div className={classes.head}>
        <Tag tone={tone}>{word}</Tag>
        <strong>{law}</strong>
      </div>
      <p className={classes.what}>
        {notice}, to {to}
        {limit !== 'at once' && deadline === undefined && state === 'unanswered' && ` (${limit})`}
      </p>
      {started !== undefined && deadline !== undefined && done === undefined && (
        <Left started={started} deadline={deadline} />
      )}
      {state === 'running' && deadline === undefined && <p className={classes.left}>without undue delay</p>}
      {done !== undefined && (
        <p className={classes.left}>
          sent <Time time={done} />
        </p>
      )}
      {state === 'unanswered' && <p className={classes.left}>Missing: {missing.map(textOf).join(' ')}</p>}
      {because !== undefined && <p className={classes.left}>By the answer to: {textOf(because)}</p>}
      {note !== undefined && state !== 'not_needed' && <p className={classes.left}>{note}</p>}
      {isDrafted && (
        <SaveButton
          label="Draft of the notice"
          small
          save={async () =>
            saveFile(
              (await ask('draftNotice', { id: incident, regime })).draft,
              'text/markdown',
              fileNameOf(`${incident}-${regime}`, 'md'),
            )
          }
        />
      )}
    </li>
  );
}

export function Clocks({ id }: { readonly id: string }): ReactNode {
  const query = useApi('getClocks', { id });
  return (
    <Panel title="Legal clocks" aside="no legal advice">
      <Answered query={query}>
        {({ clocks, questions }) => {
          const sorted = clocks.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
          const wanted = new Set(
            sorted.flatMap(({ state, missing, endsBy }) =>
              state === 'unanswered' ? missing : state === 'running' || state === 'overdue' ? [endsBy] : [],
            ),
          );
          return (
            <>
              <Questions incident={id} questions={questions} wanted={wanted} />
              <ul className={classes.clocks}>
                {sorted
                  .filter(({ state }) => state !== 'unanswered')
                  .map((clock) => (
                    <Line key={clock.id} clock={clock} incident={id} questions={questions} />
                  ))}
              </ul>
            </>
          );
        }}
      </Answered>
    </Panel>
  );
}

// An incident's timeline, made of ledger records: those it rests on, its own, and those of what contained it.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { StoredRecord } from '../../contract.ts';
import type { IconName } from '../../parts/icon.tsx';
import { KeyName } from '../../parts/key-name.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Step } from '../exchange/step.tsx';
import { ContainmentName } from './words.tsx';
import classes from './incidents.module.css';

interface Told {
  readonly icon: IconName;
  readonly title: ReactNode;
  readonly body?: ReactNode;
}

function Exchange({ id, children }: { readonly id: string; readonly children: ReactNode }): ReactNode {
  return (
    <Link to="/traffic/$id" params={{ id }}>
      {children}
    </Link>
  );
}

const rulesOf = (findings: readonly { readonly rule: string }[]): string =>
  [...new Set(findings.map(({ rule }) => rule))].join(', ');

const EVENTS: Readonly<Record<Extract<StoredRecord, { kind: 'incident' }>['event'], string>> = {
  opened: 'Opened',
  joined: 'A further detection',
  state: 'Now',
  owner: 'Owner',
  severity: 'Severity',
  note: 'Note',
  facts: 'Facts',
  playbook: 'Playbook',
};

function told(record: StoredRecord): Told {
  switch (record.kind) {
    case 'incident': {
      const { event, state, severity, owner, actor, note, involved } = record;
      const values: Partial<Record<typeof event, string>> = { state, severity, owner: owner ?? '' };
      const what = values[event] ?? '';
      return {
        icon: event === 'note' ? 'info' : 'flag',
        title: `${EVENTS[event]}${what === '' ? '' : `: ${what}`}`,
        body: (
          <>
            <p>
              by <OutsideText text={actor} />
              {involved?.principal !== undefined && (
                <>
                  , of <KeyName id={involved.principal} />
                </>
              )}
            </p>
            {note !== undefined && <OutsideText text={note} block />}
          </>
        ),
      };
    }
    case 'containment':
      return {
        icon: 'ban',
        title: <ContainmentName action={record.action} target={record.target} />,
        body: (
          <p>
            {record.outcome} by <OutsideText text={record.actor} />
            {record.effectMs !== undefined &&
              ` after ${record.effectMs.toFixed(1)} ms, ${record.cut ?? 0} under way cut`}
          </p>
        ),
      };
    case 'detection':
      return {
        icon: 'detector',
        title: <OutsideText text={record.title} />,
        body: (
          <p>
            <code>{record.rule}</code> ({record.severity})
            {record.detail !== undefined && (
              <>
                : <OutsideText text={record.detail} />
              </>
            )}
          </p>
        ),
      };
    case 'exchange.opened':
      return {
        icon: 'traffic',
        title: <Exchange id={record.exchange.id}>Request: {record.decision.action}</Exchange>,
        body: (
          <p>
            <KeyName id={record.exchange.principal.id} /> asked for <OutsideText text={record.exchange.model} />{' '}
            {rulesOf(record.findings)}
          </p>
        ),
      };
    case 'exchange.closed':
      return {
        icon: 'traffic',
        title: <Exchange id={record.exchange}>Answer: {record.outcome}</Exchange>,
        body: <p>{rulesOf(record.findings)}</p>,
      };
    default:
      return { icon: 'info', title: <code>{record.kind}</code> };
  }
}

export function Timeline({ records }: { readonly records: readonly StoredRecord[] }): ReactNode {
  return (
    <Panel title="Timeline" aside={`${records.length} records`}>
      <ol className={classes.timeline}>
        {records.map((record) => {
          const { icon, title, body } = told(record);
          return (
            <Step key={record.seq} icon={icon} title={title} time={record.time}>
              {body}
            </Step>
          );
        })}
      </ol>
    </Panel>
  );
}

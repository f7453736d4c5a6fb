// How states of incidents and containments are called and look, and what a containment is of.
import type { ReactNode } from 'react';
import type { Containment, ContainmentTarget, IncidentState } from '../../contract.ts';
import { KeyName } from '../../parts/key-name.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';
import classes from './incidents.module.css';

const STATE_TONES: Readonly<Record<IncidentState, Tone>> = {
  open: 'bad',
  investigating: 'warn',
  contained: 'accent',
  closed: 'plain',
};

export function IncidentStateTag({ state }: { readonly state: IncidentState }): ReactNode {
  return <Tag tone={STATE_TONES[state]}>{state}</Tag>;
}

const CONTAINMENT_TONES: Readonly<Record<Containment['state'], Tone>> = {
  asked: 'hold',
  effective: 'bad',
  lifted: 'plain',
  expired: 'plain',
  refused: 'plain',
};

export function ContainmentStateTag({ state }: { readonly state: Containment['state'] }): ReactNode {
  return <Tag tone={CONTAINMENT_TONES[state]}>{state === 'asked' ? 'waits for a second person' : state}</Tag>;
}

const VERBS: Readonly<Record<Containment['action'], string>> = {
  freeze: 'Freeze',
  hold: 'Hold',
  revoke: 'Revoke',
  quarantine: 'Quarantine',
  divert: 'Divert',
  cap: 'Cap',
  ungrant: 'End grants of',
  tighten: 'Tighten',
  distrust: 'Distrust',
  repoint: 'Repoint',
};

const NAMES: Readonly<Record<keyof ContainmentTarget, string>> = {
  principal: 'key',
  tenant: 'tenant',
  session: 'session',
  route: 'route',
  upstream: 'upstream',
  server: 'tool server',
  tool: 'tool',
  model: 'model',
};

/** `Freeze key key_…, tool send_mail`; with no aim, everything. */
export function ContainmentName({
  action,
  target,
}: Pick<Containment, 'action'> & { readonly target: ContainmentTarget }): ReactNode {
  const aims = (Object.keys(NAMES) as (keyof ContainmentTarget)[]).filter((name) => target[name] !== undefined);
  return (
    <span className={classes.what}>
      {VERBS[action]} {aims.length === 0 && 'everything'}
      {aims.map((name, i) => (
        <span key={name}>
          {i > 0 && ', '}
          {NAMES[name]} {name === 'principal' ? <KeyName id={target[name]!} /> : <OutsideText text={target[name]!} />}
        </span>
      ))}
    </span>
  );
}

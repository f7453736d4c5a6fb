// A decision: what was ruled, which policies made it and why, what failed or was skipped, what the shadow set would say.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Decision, PolicyRef } from '../contract.ts';
import { ActionBadge } from './action.tsx';
import classes from './decision-view.module.css';
import { OutsideText } from './outside-text.tsx';
import { Tag, type Tone } from './tag.tsx';

const STATUS_TONES: Readonly<Record<Decision['stages'][number]['status'], Tone>> = {
  clean: 'good',
  found: 'plain',
  skipped: 'warn',
  failed: 'bad',
};

const FAULT_WORDS = { deny: 'so it was denied', allow: 'and was let pass', flag: 'and was flagged' } as const;

export function PolicyList({ policies }: { readonly policies: readonly PolicyRef[] }): ReactNode {
  if (policies.length === 0) return <p className="dim">No policy is named.</p>;
  return (
    <ul className={classes.policies}>
      {policies.map(({ id, action, reason }, i) => (
        <li key={i} className={classes.policy}>
          <ActionBadge action={action} />
          <div>
            <OutsideText text={reason} />
            <div className={classes.id}>
              <Link to="/policies" search={{ policy: id }} className="mono">
                {id}
              </Link>
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}

export function DecisionView({ decision }: { readonly decision: Decision }): ReactNode {
  const { policies, stages, shadow, policyVersion, reask } = decision;
  return (
    <div className={classes.decision}>
      <PolicyList policies={policies} />
      {stages.length > 0 && (
        <ul className={classes.stages} aria-label="Stages">
          {stages.map(({ stage, status, detail, onFault }, i) => (
            <li key={i}>
              <Tag tone={STATUS_TONES[status]}>{status}</Tag> <span className="mono">{stage}</span>
              {detail !== undefined && (
                <span className="dim">
                  {' '}
                  <OutsideText text={detail} />
                </span>
              )}
              {onFault !== undefined && <span className="dim">, {FAULT_WORDS[onFault]}</span>}
            </li>
          ))}
        </ul>
      )}
      {reask === true && <p className="dim">The model was asked once more, as the policy says.</p>}
      {shadow !== undefined && (
        <div className={classes.shadow}>
          <p className={classes.shadowHead}>
            The shadow set would have ruled <ActionBadge action={shadow.action} />
          </p>
          <PolicyList policies={shadow.policies} />
        </div>
      )}
      <p className={classes.version}>
        Policy set <span className="mono">{policyVersion.slice(0, 16)}</span>
      </p>
    </div>
  );
}

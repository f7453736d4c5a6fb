// The cases of the set: what it must answer, and whether it does.
import type { ReactNode } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Empty, FailureNote, Loading } from '../../parts/states.tsx';
import classes from './policies.module.css';
import type { PolicyDraft } from './use-policy-draft.ts';

export function Cases({ draft: { check, failure } }: { readonly draft: PolicyDraft }): ReactNode {
  if (check === undefined) return failure === null ? <Loading /> : <FailureNote failure={failure} />;
  if (!check.ok) {
    return (
      <Panel>
        <Empty icon="warn" title="The set is not valid, so that its cases cannot be asked">
          <p>The problems are under Files.</p>
        </Empty>
      </Panel>
    );
  }
  if (check.cases.length === 0) {
    return (
      <Panel>
        <Empty icon="policy" title="The set has no cases">
          <p>
            Name a file of cases as <code>cases</code> in <code>policy-set.yaml</code>: each says what the set must
            answer, and a change that breaks one is seen before it is in force.
          </p>
        </Empty>
      </Panel>
    );
  }
  const sorted = check.cases.toSorted((a, b) => Number(a.ok) - Number(b.ok));
  const failing = check.cases.filter((each) => !each.ok).length;
  return (
    <Panel
      title={failing === 0 ? `All ${check.cases.length} cases hold` : `${failing} of ${check.cases.length} cases fail`}
    >
      <ul className={classes.problems}>
        {sorted.map(({ name, ok, detail }, i) => (
          <li key={i} className={classes.problem} data-ok={ok}>
            <Icon name={ok ? 'check' : 'close'} />
            <span>
              <span className="sr">{ok ? 'holds: ' : 'fails: '}</span>
              <OutsideText text={name} />
              {detail !== undefined && (
                <span className="dim">
                  {' '}
                  <OutsideText text={detail} />
                </span>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

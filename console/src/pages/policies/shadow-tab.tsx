// Where the shadow set, which is asked and never enforced, ruled otherwise than the set in force.
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { PolicySetView } from '../../contract.ts';
import { Panel } from '../../parts/page.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Differences } from './differences.tsx';

export function ShadowTab({ set }: { readonly set: PolicySetView }): ReactNode {
  const query = useApi('diffShadow', {}, { enabled: set.shadow !== undefined });
  if (set.shadow === undefined) {
    return (
      <Panel>
        <Empty icon="policy" title="No shadow set runs">
          <p>
            Name a second set as <code>policy.shadow</code> in the configuration: it is asked beside the one in force,
            and what it would have done is recorded, never enforced.
          </p>
        </Empty>
      </Panel>
    );
  }
  return (
    <>
      <p className="dim">
        <strong>{set.shadow}</strong> is asked beside <strong>{set.name}</strong>. “Became” reads: ruled by the set in
        force, then what the shadow would have ruled.
      </p>
      <Answered query={query}>
        {(replay) => <Differences replay={replay} same="The shadow set ruled as the set in force did" />}
      </Answered>
    </>
  );
}

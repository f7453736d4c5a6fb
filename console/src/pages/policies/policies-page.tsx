// The policy set in force: what it rules, its files, what a change would have done, and where a shadow set differs.
import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { PolicySetView } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page } from '../../parts/page.tsx';
import { Answered } from '../../parts/states.tsx';
import { Cases } from './cases.tsx';
import { FilesTab } from './files-tab.tsx';
import classes from './policies.module.css';
import { PolicyLines } from './policy-lines.tsx';
import { ReplayTab } from './replay-tab.tsx';
import { readPolicySearch } from './search.ts';
import { ShadowTab } from './shadow-tab.tsx';
import { usePolicyDraft } from './use-policy-draft.ts';

function Sets({ set }: { readonly set: PolicySetView }): ReactNode {
  const { tab = 'rules', policy } = useSearch({ from: '/gate/policies' });
  const navigate = useNavigate();
  const may = useMay('policies.manage');
  const draft = usePolicyDraft(set);
  const dirty = draft.changed.size > 0;
  const failing = draft.check?.cases.filter((each) => !each.ok).length ?? 0;
  return (
    <Tabs
      value={tab}
      onChange={(next) => void navigate({ to: '/policies', search: readPolicySearch({ tab: next }), replace: true })}
      keepMounted={false}
      classNames={{ list: classes.tabs, panel: classes.panel }}
    >
      <Tabs.List>
        <Tabs.Tab value="rules">Policies</Tabs.Tab>
        <Tabs.Tab value="files">Files{dirty ? ' (changed)' : ''}</Tabs.Tab>
        {may && <Tabs.Tab value="cases">Cases{failing > 0 ? ` (${failing} failing)` : ''}</Tabs.Tab>}
        {may && <Tabs.Tab value="replay">Test on past records</Tabs.Tab>}
        <Tabs.Tab value="shadow">Shadow</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="rules">
        <PolicyLines set={set} selected={policy} />
      </Tabs.Panel>
      <Tabs.Panel value="files">
        <FilesTab key={policy} set={set} draft={draft} selected={policy} />
      </Tabs.Panel>
      {may && (
        <Tabs.Panel value="cases">
          <Cases draft={draft} />
        </Tabs.Panel>
      )}
      {may && (
        <Tabs.Panel value="replay">
          <ReplayTab draft={draft} />
        </Tabs.Panel>
      )}
      <Tabs.Panel value="shadow">
        <ShadowTab set={set} />
      </Tabs.Panel>
    </Tabs>
  );
}

export function PoliciesPage(): ReactNode {
  const query = useApi('getPolicies', {});
  const set = query.data;
  return (
    <Page
      title="Policies"
      lead={
        set === undefined ? undefined : (
          <>
            The set <strong>{set.name}</strong>: <OutsideText text={set.description} />
          </>
        )
      }
    >
      <Answered query={query}>
        {/* A set that was saved elsewhere begins a new draft: what was typed here was of another. */}
        {(view) => <Sets key={view.version} set={view} />}
      </Answered>
    </Page>
  );
}

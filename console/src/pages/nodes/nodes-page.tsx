// What comes in from elsewhere: records of nodes, and logs of cloud services. Nothing of it has an effect here.
import type { ReactNode } from 'react';
import { Page } from '../../parts/page.tsx';
import { ImportList } from './import-list.tsx';
import { NodeList } from './node-list.tsx';

export function NodesPage(): ReactNode {
  return (
    <Page
      title="Nodes and imports"
      lead="What comes in from elsewhere: rules run on it, sinks are told of it, and nothing of it has an effect here."
    >
      <NodeList />
      <ImportList />
    </Page>
  );
}

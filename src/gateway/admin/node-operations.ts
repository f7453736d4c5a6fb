// Nodes that forward their records, for people.
import type { NodeView } from '../../contract/index.ts';
import type { RecordChange } from './changes.ts';
import type { Operations } from './operation.ts';

export interface NodeParts {
  readonly nodes: () => Promise<{ list(): NodeView[]; accept(name: string, actor: string): Promise<NodeView> }>;
  readonly record: RecordChange;
}

export function nodeOperations({ nodes, record }: NodeParts): Pick<Operations, 'listNodes' | 'acceptNode'> {
  return {
    listNodes: async () => ({ nodes: (await nodes()).list() }),
    async acceptNode({ name }, { actor }) {
      const node = await (await nodes()).accept(name, actor.name);
      await record(actor, 'node.accept', name);
      return { node };
    },
  };
}

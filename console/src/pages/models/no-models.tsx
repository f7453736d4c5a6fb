// What to do where no model is known: name a source, or point a client here.
import type { ReactNode } from 'react';
import type { RegistryView } from '../../contract.ts';
import { Panel } from '../../parts/page.tsx';
import { Sample } from '../../parts/sample.tsx';
import { Empty } from '../../parts/states.tsx';

const SOURCE = `artifacts:
  sources:
    hub:
      kind: huggingface
      include: ['org/*']`;

const OCI_CLIENT = `docker login ${window.location.host} --username any
docker pull ${window.location.host}/org/image:v1`;

/** With one Hub its address is `/hf`, with several each has its name in it. */
function hubClient(hubs: RegistryView['sources']): string {
  const front = hubs.length === 1 ? '/hf' : `/hf/${hubs[0]!.name}`;
  return `export HF_ENDPOINT=${window.location.origin}${front}\nexport HF_TOKEN=ancile_...`;
}

export function NoModels({ sources }: { readonly sources: RegistryView['sources'] }): ReactNode {
  const [first] = sources;
  if (first === undefined) {
    return (
      <Panel>
        <Empty icon="model" title="No source of models is configured">
          <p>Name one in the configuration, then start the server again:</p>
          <Sample label="A source of models" text={SOURCE} />
          <p>
            The guide <code>docs/guides/registry.md</code> has the rest: keys, clients, what happens to a model.
          </p>
        </Empty>
      </Panel>
    );
  }
  const client = first.kind === 'oci' ? OCI_CLIENT : hubClient(sources.filter(({ kind }) => kind === first.kind));
  const sample = `npx ancile key create --name trainer --artifacts '${first.name}:*'\n${client}`;
  return (
    <Panel>
      <Empty icon="model" title="No model was pulled yet">
        <p>Make a key that may pull, and point a client at this address:</p>
        <Sample label="A key and a client" text={sample} />
      </Empty>
    </Panel>
  );
}

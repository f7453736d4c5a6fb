// Nodes that forward their records here: how far each is, what is wrong, and letting one go on that was stopped.
import type { ReactNode } from 'react';
import { useApi, useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { NodeView } from '../../contract.ts';
import { ConfirmButton } from '../../parts/confirm-button.tsx';
import { formatCount } from '../../parts/format.ts';
import { Identifier } from '../../parts/identifier.tsx';
import { Panel } from '../../parts/page.tsx';
import { Sample } from '../../parts/sample.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import type { Tone } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import { Item, Items } from './item.tsx';

const REFRESH_MS = 3_000;

const TONES: Readonly<Record<NodeView['state'], Tone>> = {
  new: 'plain',
  open: 'good',
  silent: 'bad',
  rewound: 'bad',
  forked: 'bad',
  removed: 'plain',
};

const WRONG: Readonly<Partial<Record<NodeView['state'], string>>> = {
  silent:
    'Nothing was heard of it for longer than it may be silent. See whether it runs, and whether it reaches this server.',
  rewound:
    'It has fewer records than it had: it was put back to an earlier time. What it records since is not taken until somebody accepts it.',
  forked:
    'It signed a history that contradicts what it signed before. Nothing more is taken from it until somebody accepts it.',
};

/** By what is wrong, then by name: of many nodes those to look at stand first. */
const ORDER: readonly NodeView['state'][] = ['forked', 'rewound', 'silent', 'open', 'new', 'removed'];
const byConcern = (a: NodeView, b: NodeView): number =>
  ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (a.name < b.name ? -1 : 1);

const CENTRE = `nodes:
  enrolled:
    berlin:
      key: nodes/berlin.pem`;

function Accept({ name, state }: NodeView): ReactNode {
  const may = useMay('system.manage');
  const accept = useChange('acceptNode', ['listNodes']);
  if (!may || (state !== 'forked' && state !== 'rewound')) return null;
  return (
    <ConfirmButton
      label="Accept"
      title={`Let ${name} go on?`}
      pending={accept.isPending}
      failure={accept.error}
      onConfirm={(close) => accept.mutate({ name }, { onSuccess: close })}
    >
      <p>
        Find out first why it happened.{' '}
        {state === 'forked'
          ? 'It may be a backup that was put back, or two machines with one key; it may be that somebody else has the key, or that records were altered.'
          : 'It may be a backup that was put back; it may be that somebody took records away.'}
      </p>
      <p>
        What it sends from then on is taken as another run of it, on its word. What is here of it stays; what it lost or
        altered does not come back. Your name is put on record.
      </p>
    </ConfirmButton>
  );
}

function missingWords({ missing, gaps }: NodeView): string {
  if (missing === 0 && gaps === 0) return 'none';
  const records = `${formatCount(missing)} records`;
  return gaps === 0
    ? `${records} from before its first`
    : `${records}, ${formatCount(gaps)} ${gaps === 1 ? 'gap' : 'gaps'}`;
}

function Node({ node }: { readonly node: NodeView }): ReactNode {
  const { name, state, keyId, next, lag, heard } = node;
  const wrong = WRONG[state];
  return (
    <Item
      name={name}
      state={state}
      tone={TONES[state]}
      {...(wrong === undefined
        ? {}
        : {
            wrong: (
              <>
                <p>{wrong}</p>
                <Accept {...node} />
              </>
            ),
          })}
      facts={[
        ['Next record', formatCount(next)],
        [
          'Behind by',
          heard === undefined
            ? 'not known until it is heard of'
            : lag === 0
              ? 'nothing'
              : `${formatCount(lag)} records`,
        ],
        ['Missing', missingWords(node)],
        [
          'Heard',
          heard === undefined ? 'not since the start of this server' : <Time key="heard" time={heard} as="distance" />,
        ],
        ['Key', keyId === '' ? 'no longer enrolled' : <Identifier key="key" name={keyId} />],
      ]}
    />
  );
}

export function NodeList(): ReactNode {
  const query = useApi('listNodes', {}, { keep: true, every: REFRESH_MS });
  return (
    <Panel title="Nodes">
      <Answered query={query}>
        {({ nodes }) =>
          nodes.length === 0 ? (
            <Empty icon="nodes" title="No node forwards its records here">
              <p>
                Copy a node’s <code>data/keys/signing.pub.pem</code> here, name it in the configuration, and reload it:
              </p>
              <Sample label="Enrolling a node" text={CENTRE} />
              <p>
                The node names this server under <code>forward</code>: the guide <code>docs/guides/everywhere.md</code>.
              </p>
            </Empty>
          ) : (
            <Items>
              {nodes.toSorted(byConcern).map((node) => (
                <Node key={node.name} node={node} />
              ))}
            </Items>
          )
        }
      </Answered>
    </Panel>
  );
}

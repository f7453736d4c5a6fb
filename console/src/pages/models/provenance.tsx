// What vouches for a version: its signature, what is attested of it, and how much of what should be known its files state.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { BomFacts, ModelEvidence, ModelView } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Tag } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './models.module.css';
import { LongName, SignatureTag } from './words.tsx';

interface ProvenanceProps {
  readonly model: ModelView;
  readonly facts: BomFacts | undefined;
}

/** One attestation: what it says, who signed it, and until when or why no more it counts. */
function Attestation({ evidence }: { readonly evidence: ModelEvidence }): ReactNode {
  const { kind, says, signer, from, time, expires, revoked } = evidence;
  // Its time is as the inventory has it; past its end it counts no more.
  const isOver = expires !== undefined && Date.parse(expires) <= Date.now();
  return (
    <li className={classes.change}>
      <div className={classes.changeHead}>
        {revoked === undefined ? (
          <Tag tone={isOver ? 'plain' : 'good'}>{isOver ? `${kind}, over` : kind}</Tag>
        ) : (
          <Tag tone="bad">{`${kind}, revoked`}</Tag>
        )}
        <Time time={time} />
      </div>
      <div>
        <OutsideText text={says} />
      </div>
      {revoked !== undefined && (
        <div>
          It counts no more: <OutsideText text={revoked} />
        </div>
      )}
      <div className={classes.place}>
        signed by <OutsideText text={signer} />, from <LongName name={from} />
        {expires !== undefined && !isOver && (
          <>
            , until <Time time={expires} as="date" />
          </>
        )}
      </div>
    </li>
  );
}

export function Provenance({ model, facts }: ProvenanceProps): ReactNode {
  const { id, signature, evidence = [], contentDigest } = model;
  const counting = evidence.filter(({ revoked }) => revoked === undefined);
  return (
    <Panel
      title="Evidence"
      aside={
        <Link to="/models/bom" search={{ id }}>
          Bill of materials
        </Link>
      }
    >
      <Facts
        facts={[
          ['Signature', <SignatureTag key="state" state={signature.state} />],
          ...(signature.signer === undefined
            ? []
            : ([['Signer', <OutsideText key="signer" text={signature.signer} />]] as const)),
          ...(contentDigest === undefined
            ? []
            : ([
                [
                  'Content',
                  <span key="content" className="mono" title={contentDigest}>
                    {contentDigest.slice(0, 32)}…
                  </span>,
                ],
              ] as const)),
          ['Attested', counting.length === 0 ? 'nothing' : String(counting.length)],
          ['Completeness', facts === undefined ? '–' : `${facts.score} of 100`],
        ]}
      />
      {evidence.length > 0 && (
        <ol className={`${classes.changes} ${classes.attested}`} aria-label="Attestations">
          {evidence.map((each) => (
            <Attestation key={each.sha256} evidence={each} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

// What vouches for a version: its signature, and how much of what should be known its files state. More of the kind goes here.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { BomFacts, ModelView } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Facts } from '../../parts/stat.tsx';
import { SignatureTag } from './words.tsx';

interface ProvenanceProps {
  readonly model: ModelView;
  readonly facts: BomFacts | undefined;
}

export function Provenance({ model: { id, signature }, facts }: ProvenanceProps): ReactNode {
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
          ['Completeness', facts === undefined ? '–' : `${facts.score} of 100`],
        ]}
      />
    </Panel>
  );
}

// The bill of materials of a version: how much is known, what its files state, what it is made of, and what another version has
// different.
import { Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { BomFacts } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Answered, Empty, Loading } from '../../parts/states.tsx';
import { BomComparison } from './bom-comparison.tsx';
import { BomDownload } from './bom-download.tsx';
import { BomParts } from './bom-parts.tsx';
import { BomStatements } from './bom-statements.tsx';
import { Completeness } from './completeness.tsx';
import classes from './models.module.css';
import { LongName, partsOfId, shortRevision } from './words.tsx';

function Answer({ id, facts }: { readonly id: string; readonly facts: BomFacts }): ReactNode {
  return (
    <div className={classes.columns}>
      <div className={classes.stack}>
        <BomStatements facts={facts} />
        <BomParts facts={facts} />
      </div>
      <div className={classes.stack}>
        <Completeness facts={facts} />
        <BomComparison id={id} />
      </div>
    </div>
  );
}

export function BomPage(): ReactNode {
  const { id } = useSearch({ from: '/gate/models/bom' });
  const query = useApi('getModelFacts', { id });
  const { repo, source, revision } = partsOfId(id);
  const isEmpty = query.data !== undefined && query.data.files.length === 0;
  return (
    <Page
      title="Bill of materials"
      name={`Bill of materials of ${repo}`}
      lead={
        <Link to="/models/version" search={{ id }}>
          <LongName name={repo} /> · <OutsideText text={`${source} @ ${shortRevision(revision)}`} />
        </Link>
      }
      actions={query.data !== undefined && !isEmpty && <BomDownload id={id} />}
    >
      <Answered query={query} loading={<Loading lines={10} />}>
        {(facts) =>
          isEmpty ? (
            <Panel>
              <Empty icon="model" title="Nothing of it was fetched yet">
                <p>What a version is made of is read from its files, once a client has asked for one of them.</p>
              </Empty>
            </Panel>
          ) : (
            <Answer key={id} id={id} facts={facts} />
          )
        }
      </Answered>
    </Page>
  );
}

// One version of a model: what it is, why it is in its state, what was found in it, where it comes from, who pulled it.
import { Link, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { ModelView } from '../../contract.ts';
import { ActionBadge } from '../../parts/action.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { DecisionView } from '../../parts/decision-view.tsx';
import { formatBytes, formatCount } from '../../parts/format.ts';
import { KeyName } from '../../parts/key-name.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Page, Panel } from '../../parts/page.tsx';
import { Facts } from '../../parts/stat.tsx';
import { Answered } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { DecideState } from './decide-state.tsx';
import { Lineage } from './lineage.tsx';
import { ModelFiles } from './model-files.tsx';
import { ModelFindings } from './model-findings.tsx';
import classes from './models.module.css';
import { Provenance } from './provenance.tsx';
import { StateHistory } from './state-history.tsx';
import { LongName, ModelStateTag, VerdictTag, partsOfId, shortRevision } from './words.tsx';
import { worstOf } from './worst.ts';

const REFRESH_MS = 5_000;
const PULLERS = 12;

function State({ model }: { readonly model: ModelView }): ReactNode {
  const { verdict } = worstOf(model.files);
  return (
    <div className={classes.state}>
      <ModelStateTag state={model.state} />
      {verdict !== undefined && <VerdictTag verdict={verdict} />}
      <span className={classes.why}>
        {model.reason === undefined ? 'nobody ruled on it yet' : <OutsideText text={model.reason} />}
        <span className="dim">
          {' '}
          – {model.actor === undefined ? 'by policy' : <OutsideText text={model.actor} />},{' '}
          <Time time={model.changed} />
        </span>
      </span>
    </div>
  );
}

function Identity({ model }: { readonly model: ModelView }): ReactNode {
  const copies = model.files.filter(({ copy }) => copy !== undefined);
  return (
    <Panel title="Facts" aside={<CopyButton text={model.id} label="Copy id" />}>
      <Facts
        facts={[
          ['Source', <OutsideText key="source" text={model.source} />],
          [
            'Revision',
            <span key="revision" className="mono">
              <OutsideText text={model.revision} />
            </span>,
          ],
          [
            'Listing',
            <span key="digest" className="mono" title={model.digest}>
              {model.digest.slice(0, 32)}…
            </span>,
          ],
          ['Licence', <OutsideText key="licence" text={model.licence ?? 'not said'} />],
          ['Size', `${formatBytes(model.bytes)} in ${formatCount(model.files.length)} files`],
          [
            'Here',
            copies.length === 0
              ? 'no copies'
              : `${formatBytes(copies.reduce((sum, { size }) => sum + size, 0))} in ${formatCount(copies.length)} files`,
          ],
          ...(model.modified === undefined
            ? []
            : ([['Made', <Time key="made" time={model.modified} as="date" />]] as const)),
          ['First seen', <Time key="seen" time={model.firstSeen} />],
        ]}
      />
    </Panel>
  );
}

function Pullers({ model }: { readonly model: ModelView }): ReactNode {
  const last = model.pulledBy.toReversed();
  return (
    <Panel
      title="Pulled by"
      aside={
        <Link to="/pulls" search={{ model: model.id }}>
          All pulls
        </Link>
      }
    >
      {last.length === 0 ? (
        <p className="dim">Nobody has pulled it.</p>
      ) : (
        <>
          <ul className={classes.pullers}>
            {last.slice(0, PULLERS).map((id) => (
              <li key={id}>
                <KeyName id={id} />
              </li>
            ))}
          </ul>
          <p className={classes.place}>
            {formatCount(model.pulls)} files
            {last.length > PULLERS && ` by ${formatCount(last.length)} keys`}
            {model.lastPulled !== undefined && (
              <>
                , last <Time time={model.lastPulled} as="distance" />
              </>
            )}
          </p>
        </>
      )}
    </Panel>
  );
}

function Ruling({ model: { decision } }: { readonly model: ModelView }): ReactNode {
  return (
    <Panel title="Decision" aside={decision !== undefined && <ActionBadge action={decision.action} />}>
      {decision === undefined ? (
        <p className="dim">Policy is asked when the first file was fetched and scanned.</p>
      ) : (
        <DecisionView decision={decision} />
      )}
    </Panel>
  );
}

function Answer({ model }: { readonly model: ModelView }): ReactNode {
  const isHere = model.files.some(({ copy }) => copy !== undefined);
  const facts = useApi('getModelFacts', { id: model.id }, { enabled: isHere });
  return (
    <>
      <State model={model} />
      <div className={classes.columns}>
        <div className={classes.stack}>
          <Ruling model={model} />
          <ModelFindings model={model} />
          <Lineage model={model} facts={facts.data} failure={facts.error} />
          <ModelFiles files={model.files} />
        </div>
        <div className={classes.stack}>
          <Identity model={model} />
          <Provenance model={model} facts={facts.data} />
          <Pullers model={model} />
          <StateHistory id={model.id} changed={model.changed} />
        </div>
      </div>
    </>
  );
}

export function ModelPage(): ReactNode {
  const { id } = useSearch({ from: '/gate/models/version' });
  const query = useApi('getModel', { id }, { every: REFRESH_MS });
  const { repo, source, revision } = partsOfId(id);
  return (
    <Page
      title={<LongName name={repo} />}
      name={`Model ${repo}`}
      lead={
        <span className="mono">
          <OutsideText text={`${source} @ ${shortRevision(revision)}`} />
        </span>
      }
      actions={query.data !== undefined && <DecideState key={id} model={query.data} />}
    >
      <Answered query={query}>{(model) => <Answer key={id} model={model} />}</Answered>
    </Page>
  );
}

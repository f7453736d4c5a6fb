// Where a version comes from and what else there is of it, drawn: what it was made from, this one, other versions of its
// repository.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Failure } from '../../api/failure.ts';
import { useApi } from '../../api/query.ts';
import type { BomFacts, ModelView } from '../../contract.ts';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './lineage.module.css';
import { LongName, ModelStateTag, shortRevision } from './words.tsx';

const FEW = 6;
const VERSIONS = 100;

function Arrow(): ReactNode {
  return (
    <span className={classes.arrow}>
      <Icon name="right" size={18} />
    </span>
  );
}

function More({ count }: { readonly count: number }): ReactNode {
  return count > 0 ? <li className="dim">and {count} more</li> : null;
}

interface LineageProps {
  readonly model: ModelView;
  readonly facts: BomFacts | undefined;
  /** Why there are none. */
  readonly failure: Failure | null;
}

/** @param facts - undefined while they are read, or where there is nothing to read them from */
function Origins({ facts, failure, isHere }: Omit<LineageProps, 'model'> & { readonly isHere: boolean }): ReactNode {
  if (facts === undefined) {
    const words = failure === null ? 'Its files are being read.' : `They could not be read: ${failure.message}.`;
    return (
      <div className={classes.column}>
        <h3 className={classes.head}>Made from</h3>
        <p className="dim">{isHere ? <OutsideText text={words} /> : 'None of its files was fetched yet.'}</p>
      </div>
    );
  }
  const trained = facts.datasets.filter(({ use }) => use === 'training');
  return (
    <div className={classes.column}>
      <h3 className={classes.head}>Made from</h3>
      {facts.baseModels.length + trained.length === 0 && <p className="dim">Its files name nothing.</p>}
      <ul className={classes.nodes}>
        {facts.baseModels.slice(0, FEW).map(({ name, relation }) => (
          <li key={name} className={classes.node}>
            <span className={classes.kind}>
              {relation === undefined ? 'base model' : <OutsideText text={relation} />}
            </span>
            <Link to="/models" search={{ text: name }}>
              <LongName name={name} />
            </Link>
          </li>
        ))}
        <More count={facts.baseModels.length - FEW} />
        {trained.slice(0, FEW).map(({ name }) => (
          <li key={`data ${name}`} className={classes.node}>
            <span className={classes.kind}>data set</span>
            <LongName name={name} />
          </li>
        ))}
        <More count={trained.length - FEW} />
      </ul>
    </div>
  );
}

function Versions({ model }: { readonly model: ModelView }): ReactNode {
  const { data } = useApi('listModels', { source: model.source, repo: model.repo, limit: VERSIONS });
  const others = (data?.models ?? []).filter(({ id }) => id !== model.id);
  const time = (each: { readonly modified?: string | undefined; readonly firstSeen: string }): string =>
    each.modified ?? each.firstSeen;
  const sorted = others.toSorted((a, b) => (time(a) < time(b) ? 1 : -1));
  return (
    <div className={classes.column}>
      <h3 className={classes.head}>Other versions</h3>
      {data !== undefined && others.length === 0 && <p className="dim">None was asked for.</p>}
      <ul className={classes.nodes}>
        {sorted.slice(0, FEW).map((each) => (
          <li key={each.id} className={classes.node}>
            <span className={classes.kind}>
              <Time time={time(each)} as="date" />
            </span>
            <span className={classes.version}>
              <Link to="/models/version" search={{ id: each.id }} className="mono">
                <OutsideText text={shortRevision(each.revision)} />
              </Link>
              <ModelStateTag state={each.state} />
            </span>
          </li>
        ))}
        <More count={sorted.length - FEW} />
      </ul>
    </div>
  );
}

export function Lineage({ model, facts, failure }: LineageProps): ReactNode {
  return (
    <Panel title="Lineage">
      <div className={classes.drawing}>
        <Origins facts={facts} failure={failure} isHere={model.files.some(({ copy }) => copy !== undefined)} />
        <Arrow />
        <div className={classes.column}>
          <h3 className={classes.head}>This version</h3>
          <div className={classes.node} data-this>
            <span className={classes.kind}>
              <Time time={model.modified ?? model.firstSeen} as="date" />
            </span>
            <LongName name={model.repo} />
            <span className={classes.version}>
              <span className="mono">
                <OutsideText text={shortRevision(model.revision)} />
              </span>
              <ModelStateTag state={model.state} />
            </span>
          </div>
        </div>
        <Arrow />
        <Versions model={model} />
      </div>
    </Panel>
  );
}

// What was found in the files of a version: rule, severity, place, and what the rule means.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { ModelView } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { Identifier } from '../../parts/identifier.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { SeverityTag } from '../../parts/tag.tsx';
import classes from './models.module.css';
import { LongName } from './words.tsx';
import { type PlacedFinding, placeFindings } from './worst.ts';

const FEW = 20;

function Place({ finding: { path, member, line, offset } }: { readonly finding: PlacedFinding }): ReactNode {
  return (
    <>
      <span className="mono">
        <LongName name={member === undefined ? path : `${path}!/${member}`} />
      </span>
      {line !== undefined && `, line ${formatCount(line)}`}
      {line === undefined && offset !== undefined && `, byte ${formatCount(offset)}`}
    </>
  );
}

function Finding({
  finding,
  help,
}: {
  readonly finding: PlacedFinding;
  readonly help: ModelView['rules'][string] | undefined;
}): ReactNode {
  return (
    <li className={classes.finding}>
      <div className={classes.findingHead}>
        <strong>
          <Identifier name={finding.rule} />
        </strong>
        <SeverityTag severity={finding.severity} />
      </div>
      <p className={classes.message}>
        <OutsideText text={finding.message} />
      </p>
      <p className={classes.place}>
        <Place finding={finding} />
      </p>
      {help !== undefined && (
        <details className={classes.help}>
          <summary>What it means</summary>
          <p>
            {help.title}. {help.help} <span className="dim">Every rule is in docs/scan-rules.md.</span>
          </p>
        </details>
      )}
    </li>
  );
}

export function ModelFindings({ model }: { readonly model: ModelView }): ReactNode {
  const [all, setAll] = useState(false);
  const findings = placeFindings(model.files);
  const scanned = model.files.filter(({ verdict }) => verdict !== undefined).length;
  const shown = all ? findings : findings.slice(0, FEW);
  return (
    <Panel title="Findings" aside={findings.length > 0 && `${formatCount(findings.length)}, the worst first`}>
      {findings.length === 0 && (
        <p className="dim">
          {scanned === 0
            ? 'No file was fetched and scanned yet.'
            : `Nothing was found in ${formatCount(scanned)} files.`}
        </p>
      )}
      <ul className={classes.findings}>
        {shown.map((finding, i) => (
          <Finding key={i} finding={finding} help={model.rules[finding.rule]} />
        ))}
      </ul>
      {shown.length < findings.length && (
        <Button size="compact-sm" variant="default" onClick={() => setAll(true)}>
          Show all {formatCount(findings.length)}
        </Button>
      )}
    </Panel>
  );
}

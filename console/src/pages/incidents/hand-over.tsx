// What others are given of an incident: the evidence, signed, that verifies offline; and the incident for threat sharing.
import { Switch } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { ask } from '../../api/query.ts';
import { formatCount } from '../../parts/format.ts';
import { Panel } from '../../parts/page.tsx';
import { SaveButton } from '../../parts/save-button.tsx';
import { fileNameOf, saveFile, saveJson } from '../../parts/save-file.ts';
import classes from './incidents.module.css';

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

interface Made {
  readonly sha256: string;
  readonly records: number;
  readonly unproven: number;
}

export function HandOver({ id }: { readonly id: string }): ReactNode {
  const [names, setNames] = useState(false);
  const [made, setMade] = useState<Made>();
  return (
    <Panel title="Hand it over">
      <div className={classes.stack}>
        <div className={classes.ways}>
          <SaveButton
            label="Evidence"
            small
            save={async () => {
              const { zip, ...rest } = await ask('bundleIncident', { id });
              saveFile(bytesOf(zip), 'application/zip', fileNameOf(id, 'zip'));
              setMade(rest);
            }}
          />
          <SaveButton
            label="STIX 2.1"
            small
            save={async () => saveJson(await ask('getStix', { id, tlp: 'amber', names }), fileNameOf(id, 'stix.json'))}
          />
        </div>
        <Switch
          label="STIX names whom it is about"
          checked={names}
          onChange={(event) => setNames(event.currentTarget.checked)}
        />
        {made !== undefined && (
          <p className={classes.by} role="status">
            {formatCount(made.records)} records
            {made.unproven === 0 ? ', each with its proof' : `, ${formatCount(made.unproven)} of them without proof`}.
            SHA-256 <span className="mono">{made.sha256}</span>. Whoever has it checks it offline with{' '}
            <code>ancile incident verify FILE</code>.
          </p>
        )}
      </div>
    </Panel>
  );
}

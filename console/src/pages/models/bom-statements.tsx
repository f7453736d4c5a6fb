// What the files of a model say of it in values and words, each with the file that says so.
import type { ReactNode } from 'react';
import type { BomFacts } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import classes from './bom.module.css';
import { LongName } from './words.tsx';

const MOST = 200;

/** `technicalLimitations` as `technical limitations`. */
const toWords = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Counts as they are read; all else as it is stated. */
function toReadable(row: Row): Row {
  return /^\d{5,15}$/.test(row.value) ? { ...row, value: formatCount(Number(row.value)) } : row;
}

interface Row {
  readonly name: string;
  readonly value: string;
  readonly source: string;
}

function Statements({
  title,
  label,
  rows,
}: {
  readonly title: string;
  readonly label: string;
  readonly rows: readonly Row[];
}): ReactNode {
  if (rows.length === 0) return null;
  const numbered = rows.slice(0, MOST).map((row, i) => ({ ...row, key: String(i) }));
  return (
    <Panel title={title} aside={rows.length > MOST && `the first ${MOST} of ${rows.length}`} flush>
      <Table
        label={label}
        rows={numbered}
        rowKey={({ key }) => key}
        columns={[
          { title: 'What', cell: ({ name }) => <LongName name={name} /> },
          {
            title: 'Stated',
            cell: ({ value }) => (
              <div className={classes.value}>
                <LongName name={value} />
              </div>
            ),
          },
          {
            title: 'By',
            wide: true,
            cell: ({ source }) => (
              <span className="dim">
                <LongName name={source} />
              </span>
            ),
          },
        ]}
      />
    </Panel>
  );
}

export function BomStatements({ facts }: { readonly facts: BomFacts }): ReactNode {
  const model: Row[] = [
    ...facts.single.map(({ field, value, source }) => ({ name: toWords(field), value, source })),
    ...facts.differing.map(({ field, value, source }) => ({ name: `${toWords(field)}, differently`, value, source })),
    ...facts.licences.map(({ id, name, source }) => ({ name: 'licence', value: id ?? name, source })),
    ...facts.baseModels.map(({ name, relation, source }) => ({
      name: relation === undefined ? 'base model' : `base model (${relation})`,
      value: name,
      source,
    })),
    ...facts.datasets.map(({ name, use, source }) => ({ name: `data set (${use})`, value: name, source })),
    ...facts.metrics.map(({ type, value, slice, source }) => ({
      name: slice === undefined ? type : `${type} on ${slice}`,
      value,
      source,
    })),
    ...facts.ports.map(({ direction, format, source }) => ({ name: direction, value: format, source })),
  ];
  return (
    <>
      <Statements title="Model card" label="What its files state of the model" rows={model} />
      {facts.considerations.length > 0 && (
        <Panel title="In its makers’ words">
          {facts.considerations.slice(0, 30).map(({ kind, text, source }, i) => (
            <div key={i} className={classes.said}>
              <h3 className={classes.subhead}>{toWords(kind)}</h3>
              <p>
                <OutsideText text={text} />
              </p>
              <p className={classes.note}>
                <LongName name={source} />
              </p>
            </div>
          ))}
        </Panel>
      )}
      <Statements
        title="Parameters and settings"
        label="Parameters and settings"
        rows={facts.properties.map(toReadable)}
      />
      <Statements
        title="References"
        label="Addresses that its files name"
        rows={facts.references.map(({ type, url, source }) => ({ name: type, value: url, source }))}
      />
    </>
  );
}

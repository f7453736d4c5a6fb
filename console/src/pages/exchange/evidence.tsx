// The captured text of an exchange, shown on demand: that it was read is a record.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { ApiAnswer, Direction, ExchangeRow, Finding, SegmentExplanation, StoredRecord } from '../../contract.ts';
import { ExplanationList } from '../../parts/explanation-list.tsx';
import { Icon } from '../../parts/icon.tsx';
import { MarkedText } from '../../parts/marked-text.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Empty, FailureNote } from '../../parts/states.tsx';
import { type CapturedText, indented, inputTexts, outputTexts } from './captured.ts';
import classes from './exchange.module.css';

interface EvidenceProps {
  readonly row: ExchangeRow;
  readonly records: readonly StoredRecord[];
  readonly captured: boolean;
}

function findingsOf(records: readonly StoredRecord[], kind: 'exchange.opened' | 'exchange.closed'): readonly Finding[] {
  return records.flatMap((record) => (record.kind === kind ? record.findings : []));
}

interface CapturedProps {
  readonly text: CapturedText;
  /** What moves its scores. */
  readonly explanations?: readonly SegmentExplanation[];
}

function Captured({ text, explanations = [] }: CapturedProps): ReactNode {
  return (
    <div className={classes.segment}>
      {text.path !== '' && (
        <p className={classes.segmentHead}>
          <span className={`mono ${classes.segmentPath}`}>
            <OutsideText text={text.path} />
          </span>
        </p>
      )}
      <MarkedText text={text.text} findings={text.findings} explanations={explanations} />
      {explanations.length > 0 && (
        <details className={classes.whole} open>
          <summary>What moves its prompt-attack score, by the detectors in force now</summary>
          <ExplanationList explanations={explanations} />
        </details>
      )}
    </div>
  );
}

interface TextsProps {
  readonly texts: ApiAnswer<'readEvidence'>;
  readonly records: readonly StoredRecord[];
}

function Texts({ texts: { input, output, explanation = [] }, records }: TextsProps): ReactNode {
  if (input === undefined && output === undefined) {
    return <Empty icon="eye" title="Nothing of this exchange is kept any more" />;
  }
  const explained = (way: Direction): string[] =>
    explanation.filter(({ direction }) => direction === way).map(({ segment }) => segment);
  const of = (way: Direction, { path }: CapturedText): SegmentExplanation[] =>
    explanation.filter(({ direction, segment }) => direction === way && segment === path);
  const found =
    input === undefined ? [] : inputTexts(input, findingsOf(records, 'exchange.opened'), explained('input'));
  const released =
    output === undefined ? [] : outputTexts(output, findingsOf(records, 'exchange.closed'), explained('output'));
  return (
    <>
      {found.length > 0 && <h3 className={classes.subhead}>Where something was found or scored in the request</h3>}
      {found.map((text) => (
        <Captured key={text.path} text={text} explanations={of('input', text)} />
      ))}
      {released.length > 0 && <h3 className={classes.subhead}>The answer, as it was passed on</h3>}
      {released.map((text) => (
        <Captured key={text.path} text={text} explanations={of('output', text)} />
      ))}
      {output !== undefined && released.every(({ text }) => text !== output) && (
        <details className={classes.whole} open={released.length === 0}>
          <summary>The whole answer</summary>
          <Captured text={{ path: '', text: indented(output), findings: [] }} />
        </details>
      )}
      {input !== undefined && (
        <details className={classes.whole} open={found.length === 0 && released.length === 0}>
          <summary>The whole request, as it was sent on</summary>
          <Captured text={{ path: '', text: indented(input), findings: [] }} />
        </details>
      )}
    </>
  );
}

export function Evidence({ row, records, captured }: EvidenceProps): ReactNode {
  const may = useMay('evidence.read');
  const read = useChange('readEvidence');
  if (!captured) {
    return (
      <Panel title="Text">
        <p className="dim">
          No text of this exchange is kept: records hold keyed digests. To keep it, encrypted and for a while, set{' '}
          <code>capture.enabled</code> in the configuration.
        </p>
      </Panel>
    );
  }
  if (!may) {
    return (
      <Panel title="Text">
        <p className="dim">Text is kept of this exchange; reading it takes the role of an auditor or administrator.</p>
      </Panel>
    );
  }
  return (
    <Panel title="Text" aside={read.data === undefined ? undefined : 'That you read it is on record.'}>
      {read.data !== undefined ? (
        <Texts texts={read.data} records={records} />
      ) : (
        <>
          <p className="dim">What was asked and answered is kept, encrypted. That you read it becomes a record.</p>
          {read.error !== null && <FailureNote failure={read.error} />}
          <Button
            variant="default"
            leftSection={<Icon name="eye" />}
            loading={read.isPending}
            onClick={() => read.mutate({ id: row.id, explain: true })}
          >
            Show text
          </Button>
        </>
      )}
    </Panel>
  );
}

// The held texts with what was found marked, for whoever decides: that they were read is a record.
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { Approval } from '../../contract.ts';
import { toWords } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { MarkedText } from '../../parts/marked-text.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import classes from './approvals.module.css';

export function HeldTexts({ approval }: { readonly approval: Approval }): ReactNode {
  const may = useMay('approvals.decide');
  const read = useChange('readApproval');
  if (read.data === undefined && approval.state !== 'pending') {
    return (
      <Panel title="Held text">
        <p className="dim">The text was erased when it was decided on, or expired.</p>
      </Panel>
    );
  }
  if (!may) {
    return (
      <Panel title="Held text">
        <p className="dim">Whoever may decide reads the text: approvers and administrators.</p>
      </Panel>
    );
  }
  return (
    <Panel title="Held text" aside={read.data === undefined ? undefined : 'That you read it is on record.'}>
      {read.data === undefined ? (
        <div className={classes.textAction}>
          <p className="dim">Read it before you decide. That you did becomes a record.</p>
          {read.error !== null && <FailureNote failure={read.error} />}
          <Button
            variant="default"
            leftSection={<Icon name="eye" />}
            loading={read.isPending}
            onClick={() => read.mutate({ id: approval.id })}
          >
            Show text
          </Button>
        </div>
      ) : (
        read.data.texts.map(({ path, channel, text, cut }) => (
          <div key={path} className={classes.held}>
            <p className={classes.heldHead}>
              <strong>{toWords(channel)}</strong>{' '}
              <span className="mono dim">
                <OutsideText text={path} />
              </span>
            </p>
            <MarkedText text={text} findings={approval.findings.filter((finding) => finding.segment === path)} />
            {cut === true && (
              <p role="note">
                <strong>It goes on: the rest is not shown, and a yes is to all of it.</strong>
              </p>
            )}
          </div>
        ))
      )}
    </Panel>
  );
}

// That the records of an exchange are in the ledger, proven in this browser and not merely said by the server.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { type Failure, toFailure } from '../../api/failure.ts';
import { ask } from '../../api/query.ts';
import type { RecordProof, StoredRecord } from '../../contract.ts';
import { formatCount } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import classes from './exchange.module.css';
import { type ProofStep, verifyProof } from './verify-proof.ts';

interface Verified {
  readonly proof: RecordProof;
  readonly steps: readonly ProofStep[];
}

/** WebCrypto is there in secure contexts only: https, or this very machine. */
const canHash = typeof crypto !== 'undefined' && 'subtle' in crypto;

function Checks({ verified: { proof, steps } }: { readonly verified: Verified }): ReactNode {
  return (
    <>
      <ul className={classes.checks}>
        {steps.map(({ ok, text }) => (
          <li key={text} data-ok={ok}>
            <Icon name={ok ? 'check' : 'close'} />
            <span>
              {ok ? '' : 'Does not hold: '}
              {text}
            </span>
          </li>
        ))}
      </ul>
      <details className={classes.whole}>
        <summary>Hashes and checkpoint</summary>
        <dl className={classes.hashes}>
          <dt>Leaf</dt>
          <dd className="mono">{proof.leafHash}</dd>
          <dt>Root of {formatCount(proof.treeSize)} records</dt>
          <dd className="mono">{proof.rootHash}</dd>
          <dt>Checkpoint</dt>
          <dd className="mono">{proof.checkpoint}</dd>
        </dl>
      </details>
    </>
  );
}

function RecordLine({ record }: { readonly record: StoredRecord }): ReactNode {
  const [verified, setVerified] = useState<Verified>();
  const [failure, setFailure] = useState<Failure>();
  const [pending, setPending] = useState(false);

  async function verify(): Promise<void> {
    setPending(true);
    setFailure(undefined);
    try {
      const proof = await ask('proveRecord', { seq: record.seq });
      setVerified({ proof, steps: await verifyProof(record, proof) });
    } catch (thrown) {
      setFailure(toFailure(thrown));
    }
    setPending(false);
  }

  return (
    <li className={classes.record}>
      <div className={classes.recordHead}>
        <span>
          <strong className="num">#{record.seq}</strong> <span className="mono dim">{record.kind}</span>
        </span>
        <Button
          size="compact-sm"
          variant="default"
          loading={pending}
          disabled={!canHash}
          onClick={() => void verify()}
          aria-label={`Verify record ${record.seq} in this browser`}
        >
          Verify
        </Button>
      </div>
      {failure !== undefined && <FailureNote failure={failure} />}
      {verified !== undefined && <Checks verified={verified} />}
    </li>
  );
}

export function LedgerProof({ records }: { readonly records: readonly StoredRecord[] }): ReactNode {
  return (
    <Panel title="Ledger proof">
      <ul className={classes.proofs}>
        {records.map((record) => (
          <RecordLine key={record.seq} record={record} />
        ))}
      </ul>
      <p className={classes.note}>
        {canHash
          ? 'The hashes are reckoned in this browser (SHA-256). The checkpoint’s signature, and that no other history was signed, is checked by '
          : 'This browser reckons hashes only on https or the machine itself. Check with '}
        <code>ancile ledger verify</code>, against a checkpoint kept elsewhere.
      </p>
    </Panel>
  );
}

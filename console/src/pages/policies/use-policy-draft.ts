// The files of the set in force with what was changed in them here, and whether that makes a valid set.
import { useDebouncedValue } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { useApi } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { PolicyCheck, PolicyFile, PolicySetView } from '../../contract.ts';
import type { Failure } from '../../api/failure.ts';

/** A pause in typing, after which the set is checked, milliseconds. */
const TYPED_MS = 400;

export interface PolicyDraft {
  readonly files: readonly PolicyFile[];
  /** Names of the files that were changed. */
  readonly changed: ReadonlySet<string>;
  readonly edit: (name: string, text: string) => void;
  readonly discard: () => void;
  /** Of the files as they were a moment ago; undefined until it is known. */
  readonly check: PolicyCheck | undefined;
  /** Whether `check` is of the files as they are now. */
  readonly settled: boolean;
  readonly failure: Failure | null;
}

export function usePolicyDraft(set: PolicySetView): PolicyDraft {
  const may = useMay('policies.manage');
  const [edits, setEdits] = useState<Readonly<Record<string, string>>>({});
  const files = useMemo(() => set.files.map(({ name, text }) => ({ name, text: edits[name] ?? text })), [set, edits]);
  const [checked] = useDebouncedValue(files, TYPED_MS);
  const query = useApi('checkPolicies', { files: checked }, { enabled: may, keep: true });
  const changed = set.files.filter(({ name, text }) => (edits[name] ?? text) !== text).map(({ name }) => name);
  return {
    files,
    changed: new Set(changed),
    edit: (name, text) => setEdits((known) => ({ ...known, [name]: text })),
    discard: () => setEdits({}),
    check: query.data,
    settled: checked === files && !query.isFetching && query.error === null,
    failure: query.error,
  };
}

// The bill of materials as a file: made by the server when it is asked for.
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { type Failure, toFailure } from '../../api/failure.ts';
import { ask } from '../../api/query.ts';
import { Icon } from '../../parts/icon.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { partsOfId } from './words.tsx';

type Format = 'cyclonedx' | 'spdx';
const FORMATS = [
  { format: 'cyclonedx', label: 'CycloneDX', ending: 'cdx.json' },
  { format: 'spdx', label: 'SPDX 3', ending: 'spdx.json' },
] as const;

/** A name that any system takes: what outsiders called the model is no path here. */
function fileName(id: string, ending: string): string {
  const { repo, revision } = partsOfId(id);
  const safe = `${repo}-${revision.slice(0, 12)}`.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^\.+/, '');
  return `${safe.slice(0, 100)}.${ending}`;
}

function save(document: object, name: string): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(document, undefined, 2)], { type: 'application/json' }));
  const link = window.document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

export function BomDownload({ id }: { readonly id: string }): ReactNode {
  const [pending, setPending] = useState<Format>();
  const [failure, setFailure] = useState<Failure>();

  async function download(format: Format, ending: string): Promise<void> {
    setPending(format);
    setFailure(undefined);
    try {
      save((await ask('getModelBom', { id, format })).document, fileName(id, ending));
    } catch (thrown) {
      setFailure(toFailure(thrown));
    }
    setPending(undefined);
  }

  return (
    <>
      {FORMATS.map(({ format, label, ending }) => (
        <Button
          key={format}
          variant="default"
          leftSection={<Icon name="pull" size={14} />}
          loading={pending === format}
          disabled={pending !== undefined}
          onClick={() => void download(format, ending)}
        >
          {label}
        </Button>
      ))}
      {failure !== undefined && <FailureNote failure={failure} />}
    </>
  );
}

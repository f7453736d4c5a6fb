// The bill of materials as a file: made by the server when it is asked for.
import type { ReactNode } from 'react';
import { ask } from '../../api/query.ts';
import { SaveButton } from '../../parts/save-button.tsx';
import { fileNameOf, saveJson } from '../../parts/save-file.ts';
import { partsOfId } from './words.tsx';

const FORMATS = [
  { format: 'cyclonedx', label: 'CycloneDX', ending: 'cdx.json' },
  { format: 'spdx', label: 'SPDX 3', ending: 'spdx.json' },
] as const;

export function BomDownload({ id }: { readonly id: string }): ReactNode {
  const { repo, revision } = partsOfId(id);
  return FORMATS.map(({ format, label, ending }) => (
    <SaveButton
      key={format}
      label={label}
      save={async () =>
        saveJson(
          (await ask('getModelBom', { id, format })).document,
          fileNameOf(`${repo}-${revision.slice(0, 12)}`, ending),
        )
      }
    />
  ));
}

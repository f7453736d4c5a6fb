// Versions of models in words and tones: state, verdict, name.
import { Fragment, type ReactNode } from 'react';
import type { ModelAsset, ModelState, ScanVerdict, SignatureState } from '../../contract.ts';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';

export const STATE_WORDS: Readonly<Record<ModelState, string>> = {
  quarantined: 'Quarantined',
  admitted: 'Admitted',
  retired: 'Retired',
};
const STATE_TONES: Readonly<Record<ModelState, Tone>> = { quarantined: 'hold', admitted: 'good', retired: 'plain' };
const VERDICT_TONES: Readonly<Record<ScanVerdict, Tone>> = {
  clean: 'good',
  unanalyzed: 'warn',
  suspicious: 'warn',
  malicious: 'bad',
};
const SIGNATURE_TONES: Readonly<Record<SignatureState, Tone>> = { none: 'plain', valid: 'good', invalid: 'bad' };

export function ModelStateTag({ state }: { readonly state: ModelState }): ReactNode {
  return <Tag tone={STATE_TONES[state]}>{state}</Tag>;
}

export function VerdictTag({ verdict }: { readonly verdict: ScanVerdict }): ReactNode {
  return <Tag tone={VERDICT_TONES[verdict]}>{verdict}</Tag>;
}

export function SignatureTag({ state }: { readonly state: SignatureState }): ReactNode {
  return <Tag tone={SIGNATURE_TONES[state]}>{state === 'none' ? 'none was verified' : state}</Tag>;
}

/** A commit or digest, short where it is one. */
export const shortRevision = (revision: string): string =>
  /^(?:sha256:)?[0-9a-f]{40,64}$/.test(revision) ? revision.replace(/^sha256:/, '').slice(0, 12) : revision;

/** A path or name of many parts: breaks behind its strokes where there is no room. */
export function LongName({ name }: { readonly name: string }): ReactNode {
  return (
    <span>
      {name.split(/(?<=[/@])/).map((part, i) => (
        <Fragment key={i}>
          {i > 0 && <wbr />}
          <OutsideText text={part} />
        </Fragment>
      ))}
    </span>
  );
}

/** `source:repo@revision` in its three parts; an id of another form is all repository. */
export function partsOfId(id: string): Pick<ModelAsset, 'source' | 'repo' | 'revision'> {
  const [, source = '', repo = id, revision = ''] = /^([^:]+):(.+)@([^@]+)$/.exec(id) ?? [];
  return { source, repo, revision };
}

// The files of the set, to read and, where the set is one's own, to change.
import { Button, UnstyledButton } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { PolicyProblem, PolicySetView } from '../../contract.ts';
import { grammarOf } from '../../parts/cedar-tokens.ts';
import { CodeEditor } from '../../parts/code-editor.tsx';
import { Icon } from '../../parts/icon.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Tag } from '../../parts/tag.tsx';
import classes from './policies.module.css';
import type { PolicyDraft } from './use-policy-draft.ts';

interface SetProps {
  readonly set: PolicySetView;
  readonly draft: PolicyDraft;
}

interface FilesTabProps extends SetProps {
  /** Id of the policy to show. */
  readonly selected: string | undefined;
}

function Problems({ problems }: { readonly problems: readonly PolicyProblem[] }): ReactNode {
  if (problems.length === 0) return null;
  return (
    <Panel title={problems.length === 1 ? 'One problem' : `${problems.length} problems`}>
      <div role="alert">
        <ul className={classes.problems}>
          {problems.map(({ file, line, message }, i) => (
            <li key={i} className={classes.problem}>
              <Icon name="warn" />
              <span>
                <span className="mono">
                  {file}
                  {line === undefined ? '' : `:${line}`}
                </span>{' '}
                <OutsideText text={message} />
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Panel>
  );
}

function CheckMark({ draft }: { readonly draft: PolicyDraft }): ReactNode {
  if (!draft.settled || draft.check === undefined) return <Tag>checking</Tag>;
  const failing = draft.check.cases.filter((each) => !each.ok).length;
  if (!draft.check.ok) return <Tag tone="bad">not valid</Tag>;
  if (failing > 0) return <Tag tone="bad">{failing === 1 ? 'a case fails' : `${failing} cases fail`}</Tag>;
  const { length } = draft.check.cases;
  return <Tag tone="good">{length === 0 ? 'valid, no cases' : `valid, ${length} cases hold`}</Tag>;
}

function Save({ set, draft }: SetProps): ReactNode {
  const save = useChange('savePolicies', ['getPolicies', 'getStatus']);
  const dirty = draft.changed.size > 0;
  const fits = draft.settled && draft.check?.ok === true && draft.check.cases.every((each) => each.ok);
  return (
    <>
      {save.error !== null && <FailureNote failure={save.error} />}
      <div className={classes.save}>
        <CheckMark draft={draft} />
        <Button variant="default" disabled={!dirty} onClick={draft.discard}>
          Discard
        </Button>
        <Button
          disabled={!dirty || !fits}
          loading={save.isPending}
          onClick={() => save.mutate({ files: [...draft.files], base: set.version })}
        >
          Save and put in force
        </Button>
      </div>
    </>
  );
}

export function FilesTab({ set, draft, selected }: FilesTabProps): ReactNode {
  const may = useMay('policies.manage');
  const editable = may && set.editable;
  const wanted = set.policies.find(({ id }) => id === selected);
  const first = wanted?.file ?? set.files.find(({ name }) => name.endsWith('.cedar'))?.name ?? '';
  const [chosen, setChosen] = useState(first);
  const file = draft.files.find(({ name }) => name === chosen) ?? draft.files[0];
  const problems = draft.check?.problems ?? [];
  if (file === undefined) return null;
  const marked = new Set(
    problems.flatMap((each) => (each.file === file.name && each.line !== undefined ? [each.line] : [])),
  );
  return (
    <>
      {!set.editable && (
        <div className={classes.notice}>
          <Icon name="lock" />
          <p>
            This set is shipped with the program and is read only. To make it your own, run{' '}
            <code>ancile policy export {set.name} ./policies</code>, name that folder as <code>policy.set</code> in the
            configuration, and reload it.
          </p>
        </div>
      )}
      <div className={classes.files}>
        <nav aria-label="Files of the set">
          <ul className={classes.names}>
            {draft.files.map(({ name }) => (
              <li key={name}>
                <UnstyledButton
                  className={`${classes.name} mono`}
                  aria-current={name === file.name ? 'true' : undefined}
                  onClick={() => setChosen(name)}
                >
                  {name}
                  {draft.changed.has(name) && <span className={classes.changed}>changed</span>}
                </UnstyledButton>
              </li>
            ))}
          </ul>
        </nav>
        <div className={classes.stack}>
          <Panel flush>
            <CodeEditor
              key={file.name}
              label={file.name}
              text={file.text}
              grammar={grammarOf(file.name)}
              marked={marked}
              {...(wanted?.file === file.name ? { at: wanted.line } : {})}
              {...(editable ? { onChange: (text: string) => draft.edit(file.name, text) } : {})}
            />
          </Panel>
          {draft.failure !== null && <FailureNote failure={draft.failure} />}
          {may && <Problems problems={problems} />}
          {editable && <Save set={set} draft={draft} />}
        </div>
      </div>
    </>
  );
}

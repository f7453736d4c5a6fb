// Judge a text as if it had come by a channel; nothing of it is kept.
import { Button, Select, Textarea } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { Channel } from '../../contract.ts';
import { ActionBadge } from '../../parts/action.tsx';
import { DecisionView } from '../../parts/decision-view.tsx';
import { ExplanationList } from '../../parts/explanation-list.tsx';
import { FindingList } from '../../parts/finding-list.tsx';
import { formatShare, toWords } from '../../parts/format.ts';
import { MarkedText } from '../../parts/marked-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import classes from './detectors.module.css';

const MAX_CHARACTERS = 100_000;

export function TryText(): ReactNode {
  const [text, setText] = useState('');
  const [channel, setChannel] = useState<Channel>('user');
  const [judged, setJudged] = useState('');
  const inspect = useChange('inspectText');

  const explanations = inspect.data?.explanation ?? [];

  function submit(event: FormEvent): void {
    event.preventDefault();
    inspect.mutate({ text, channel, explain: true }, { onSuccess: () => setJudged(text) });
  }

  return (
    <>
      <Panel title="Try a text">
        <form className={classes.form} onSubmit={submit}>
          <Textarea
            label="Text"
            description="Nothing of it is kept, and no model is asked."
            autosize
            minRows={4}
            maxRows={14}
            required
            maxLength={MAX_CHARACTERS}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <div className={classes.ask}>
            <Select
              label="As if it came by"
              data={Channel.options.map((each) => ({ value: each, label: toWords(each) }))}
              value={channel}
              onChange={(value) => setChannel(Channel.catch('user').parse(value))}
            />
            <Button type="submit" loading={inspect.isPending}>
              Judge it
            </Button>
          </div>
        </form>
        {inspect.error !== null && <FailureNote failure={inspect.error} />}
      </Panel>
      {inspect.data !== undefined && (
        <Panel title="Verdict">
          <div className={classes.verdict} role="status">
            <ActionBadge action={inspect.data.decision.action} large />
            <span className="dim">
              {inspect.data.findings.length === 0
                ? 'nothing was found'
                : `${inspect.data.findings.length} found, injection score ${formatShare(inspect.data.score)}`}
            </span>
          </div>
          <DecisionView decision={inspect.data.decision} />
          {(inspect.data.findings.length > 0 || explanations.length > 0) && (
            <>
              <h3 className={classes.subhead}>Where</h3>
              <MarkedText text={judged} findings={inspect.data.findings} explanations={explanations} />
            </>
          )}
          {explanations.length > 0 && (
            <>
              <h3 className={classes.subhead}>What moved the score</h3>
              <ExplanationList explanations={explanations} />
            </>
          )}
          {inspect.data.findings.length > 0 && (
            <>
              <h3 className={classes.subhead}>Findings</h3>
              <FindingList findings={inspect.data.findings} />
            </>
          )}
        </Panel>
      )}
    </>
  );
}

// The questions that start and end legal clocks: what is open is asked, what was answered can be put right.
import { Button, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { LegalQuestion } from '../../contract.ts';
import { FailureNote } from '../../parts/states.tsx';
import classes from './clocks.module.css';

type Say = (fact: string, answer: string | boolean) => void;

/** A moment as the browser's field writes it: in the time of this machine, without its zone. */
function toField(time: unknown): string {
  const date = typeof time === 'string' ? new Date(time) : new Date(Number.NaN);
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Moment({ question: { id, text, answer }, say }: { readonly question: LegalQuestion; readonly say: Say }) {
  const [value, setValue] = useState(toField(answer));
  return (
    <div className={classes.answer}>
      <TextInput
        type="datetime-local"
        label={text}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button size="compact-sm" variant="default" onClick={() => setValue(toField(new Date().toISOString()))}>
        Now
      </Button>
      <Button
        size="compact-sm"
        disabled={value === '' || value === toField(answer)}
        onClick={() => say(id, new Date(value).toISOString())}
      >
        Save
      </Button>
    </div>
  );
}

function YesNo({ question: { id, text, answer }, say }: { readonly question: LegalQuestion; readonly say: Say }) {
  return (
    <div className={classes.answer}>
      <span id={`question-${id}`}>{text}</span>
      <SegmentedControl
        size="xs"
        aria-labelledby={`question-${id}`}
        value={typeof answer === 'boolean' ? String(answer) : ''}
        data={[
          { label: 'Yes', value: 'true' },
          { label: 'No', value: 'false' },
        ]}
        onChange={(value) => say(id, value === 'true')}
      />
    </div>
  );
}

interface QuestionsProps {
  readonly incident: string;
  readonly questions: readonly LegalQuestion[];
  /** Those that a clock waits for. */
  readonly wanted: ReadonlySet<string>;
}

/** Open questions one at a time would hide how many there are; all at once is a form. So: a count, and a window. */
export function Questions({ incident, questions, wanted }: QuestionsProps): ReactNode {
  const [opened, { open, close }] = useDisclosure();
  const may = useMay('incidents.respond');
  const update = useChange('updateIncident', ['getClocks', 'getIncident']);
  const say: Say = (fact, answer) => update.mutate({ id: incident, facts: { [fact]: answer } });
  // One that is answered stays where it is: it would slip away under the pointer.
  const isShown = ({ id, answer }: LegalQuestion): boolean => wanted.has(id) || answer !== undefined;
  const others = questions.filter((question) => !isShown(question));
  const render = (question: LegalQuestion): ReactNode =>
    question.kind === 'time' ? (
      <Moment key={`${question.id} ${String(question.answer)}`} question={question} say={say} />
    ) : (
      <YesNo key={question.id} question={question} say={say} />
    );
  const answered = questions.filter(({ answer }) => answer !== undefined).length;
  return (
    <div className={classes.ask}>
      <span>
        {answered} of {questions.length} questions answered
        {wanted.size > 0 && `, clocks wait for ${wanted.size}`}
      </span>
      {may && (
        <Button size="compact-sm" variant="default" onClick={open}>
          Answer
        </Button>
      )}
      <Modal
        opened={opened}
        onClose={close}
        size="lg"
        title="What starts the legal clocks"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <p className="dim">Answered once; each answer is a record. Whether a law applies is for counsel to say.</p>
        {update.error !== null && <FailureNote failure={update.error} />}
        <div className={classes.questions}>{questions.filter(isShown).map(render)}</div>
        {others.length > 0 && <h3 className={classes.others}>Waited for by no clock now</h3>}
        <div className={classes.questions}>{others.map(render)}</div>
      </Modal>
    </div>
  );
}

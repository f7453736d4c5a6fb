// An attack that was not found: said here, with what becomes of it; and those that were said.
import { Button, Select } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useChange } from '../../api/query.ts';
import { useMay } from '../../app/session.ts';
import type { ApiAnswer, Channel, Feedback } from '../../contract.ts';
import { toWords } from '../../parts/format.ts';
import { Identifier } from '../../parts/identifier.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { FailureNote } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './exchange.module.css';

/** Where an attack comes by, in the words of whoever looks for it. */
const PLACES = [
  { value: 'user', label: 'What the user said last' },
  { value: 'tool_result', label: 'The last tool result' },
  { value: 'document', label: 'The last document' },
  { value: 'tool_description', label: 'A tool’s description' },
  { value: 'assistant', label: 'An earlier answer' },
] as const satisfies readonly { readonly value: Channel; readonly label: string }[];

function Said({ feedback }: { readonly feedback: Feedback }): ReactNode {
  const may = useMay('feedback.give');
  const withdraw = useChange('withdrawFeedback', ['getExchange', 'listFeedback']);
  const { id, actor, time, channel, segment, textKept } = feedback;
  return (
    <li className={classes.missed}>
      <span>
        Missed in {toWords(channel)}
        {segment !== '' && (
          <>
            {' '}
            at <Identifier name={segment} />
          </>
        )}
        , says <OutsideText text={actor} />, <Time time={time} as="distance" />;{' '}
        {textKept ? 'its text is kept as an example' : 'no text of it is kept'}.
      </span>
      {may && (
        <Button
          size="compact-xs"
          variant="default"
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate({ id })}
        >
          Take back
        </Button>
      )}
      {withdraw.error !== null && <FailureNote failure={withdraw.error} />}
    </li>
  );
}

export function MissedAttack({ exchange }: { readonly exchange: ApiAnswer<'getExchange'> }): ReactNode {
  const may = useMay('feedback.give');
  const give = useChange('giveFeedback', ['getExchange', 'listFeedback']);
  const [place, setPlace] = useState<string>(PLACES[0].value);
  const missed = exchange.feedback.filter(({ verdict }) => verdict === 'missed');
  if (!may && missed.length === 0) return null;
  return (
    <Panel title="Feedback">
      <p className={classes.feedbackNote}>
        {exchange.captured ? (
          <>
            Text of this exchange was captured: that of what you judge is copied as a labelled example, encrypted, and
            kept for as long as <code>capture.feedbackRetention</code> says.
          </>
        ) : (
          'No text of this exchange is kept: what you say notes its digest, score and rule alone, and makes no example to calibrate with.'
        )}{' '}
        It goes on record with your name.
      </p>
      {missed.length > 0 && (
        <ul className={classes.missedList} aria-label="Missed attacks">
          {missed.map((each) => (
            <Said key={each.id} feedback={each} />
          ))}
        </ul>
      )}
      {may && (
        <div className={classes.missedForm}>
          <Select
            label="An attack was missed in"
            allowDeselect={false}
            data={[...PLACES]}
            value={place}
            onChange={(value) => setPlace(value ?? PLACES[0].value)}
          />
          <Button
            variant="default"
            loading={give.isPending}
            onClick={() => give.mutate({ id: exchange.row.id, verdict: 'missed', channel: place as Channel })}
          >
            Say so
          </Button>
        </div>
      )}
      {give.error !== null && <FailureNote failure={give.error} />}
    </Panel>
  );
}

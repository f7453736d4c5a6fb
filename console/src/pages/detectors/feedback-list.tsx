// What people said of prompt-attack findings, newest first: the labelled examples there are, without their texts.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../../api/query.ts';
import type { FeedbackVerdict } from '../../contract.ts';
import { formatShare } from '../../parts/format.ts';
import { Identifier } from '../../parts/identifier.tsx';
import { OutsideText } from '../../parts/outside-text.tsx';
import { Panel } from '../../parts/page.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Tag, type Tone } from '../../parts/tag.tsx';
import { Time } from '../../parts/time.tsx';
import classes from './detectors.module.css';

const MOST = 200;

const TONES: Readonly<Record<FeedbackVerdict, Tone>> = { right: 'good', wrong: 'bad', missed: 'warn' };

export function FeedbackList(): ReactNode {
  const query = useApi('listFeedback', { limit: MOST });
  return (
    <Answered query={query}>
      {({ feedback, next }) =>
        feedback.length === 0 ? (
          <Panel>
            <Empty icon="flag" title="Nobody has said anything yet">
              <p>On the page of an exchange, its prompt-attack findings can be called right or wrong.</p>
            </Empty>
          </Panel>
        ) : (
          <Panel flush>
            <Table
              label="Feedback"
              rows={feedback}
              rowKey={({ id }) => id}
              columns={[
                {
                  title: 'Said',
                  cell: ({ exchange, time }) => (
                    <Link to="/traffic/$id" params={{ id: exchange }} data-row>
                      <Time time={time} />
                    </Link>
                  ),
                },
                { title: 'Verdict', cell: ({ verdict }) => <Tag tone={TONES[verdict]}>{verdict}</Tag> },
                { title: 'Label', cell: ({ label }) => label },
                { title: 'Rule', cell: ({ rule }) => (rule === undefined ? 'none fired' : <Identifier name={rule} />) },
                { title: 'Score', wide: true, align: 'right', cell: ({ score }) => formatShare(score) },
                { title: 'Text', wide: true, cell: ({ textKept }) => (textKept ? 'kept' : 'not kept') },
                { title: 'Said by', wide: true, cell: ({ actor }) => <OutsideText text={actor} /> },
              ]}
            />
            <div className={classes.more}>
              <span className="dim">
                {next !== undefined && `The newest ${MOST}. `}
                <code>ancile feedback export</code> writes the examples with their texts, for calibration.
              </span>
            </div>
          </Panel>
        )
      }
    </Answered>
  );
}

// Drafts of notices: what is known of an incident in the order a notice has it, and a marked blank for what is not.
import { AncileError } from '../../base/index.ts';
import type { Containment, Incident } from '../../contract/index.ts';
import { type Clocks, readLegalClocks } from './clocks.ts';

const BLANK = '**[to be filled in]**';

/** A text that others wrote, so that it is nothing but text in Markdown. */
export function toMarkdownText(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/[\\`*_{}[\]()<>#+!|~&:@-]/g, '\\$&')
    .slice(0, 2000);
}

const line = (label: string, value: string): string => `- ${label}: ${value}`;

/**
 * @param now - milliseconds since the epoch
 * @throws AncileError `not_found` where no such notice is known
 */
export function draftNotice(
  clocks: Clocks,
  regime: string,
  incident: Incident,
  containments: readonly Containment[],
  now: number,
): string {
  const reading = readLegalClocks(clocks, incident.facts, now);
  const mine = reading.clocks.filter((each) => each.regime === regime);
  if (mine.length === 0 || !Object.hasOwn(clocks.drafts, regime)) {
    throw new AncileError('not_found', 'there is no draft of that name', {
      at: 'regime',
      hint: `There is: ${Object.keys(clocks.drafts).join(', ')}.`,
    });
  }
  const [{ notice, to, law }] = mine as [(typeof mine)[0]];
  const used = new Set(clocks.clocks.filter((each) => each.regime === regime).flatMap(({ when, from, done }) => [...Object.keys(when), from, done])); // prettier-ignore
  const facts = reading.questions.filter(({ id }) => used.has(id));
  const deadlines = mine
    .filter(({ state }) => state !== 'not_needed')
    .map(({ law: by, deadline, state, limit }) =>
      line(by, deadline === undefined ? (state === 'unanswered' ? 'not known yet' : limit) : deadline),
    );
  const contained = containments.filter(({ effective }) => effective !== undefined);
  return [
    `# Draft: ${notice}`,
    '',
    `To: ${to}. By: ${law}.`,
    '',
    '> A draft made from what is on record, and no legal advice. Whether and to whom it is sent is for a person to decide.',
    '',
    '## Deadlines',
    '',
    ...deadlines,
    '',
    '## The incident',
    '',
    line('Number', incident.id),
    line('What it is called', toMarkdownText(incident.title)),
    line('Severity, as assessed so far', incident.severity),
    line('First seen', incident.opened),
    line('State', incident.state),
    line('Techniques', incident.techniques.length === 0 ? 'not known' : incident.techniques.map(toMarkdownText).join(', ')), // prettier-ignore
    line('Detections that belong to it', String(incident.detections)),
    ...facts.map(
      ({ text, answer, understood, kind }) =>
      line(text, answer === undefined || understood !== true ? BLANK : kind === 'time' ? String(answer) : answer === true ? 'yes' : 'no'), // prettier-ignore
    ),
    '',
    '## What was done',
    '',
    ...(contained.length === 0 ? ['- Nothing is on record as contained.'] : []),
    ...contained.map(({ action, effective, ended }) =>
      line(action, `in force from ${effective}${ended === undefined ? '' : ` until ${ended}`}`),
    ),
    ...(incident.review === undefined ? [] : [line('Learnt', toMarkdownText(incident.review))]),
    '',
    '## To be said',
    '',
    ...clocks.drafts[regime]!.flatMap((label) => [`### ${label}`, '', BLANK, '']),
  ].join('\n');
}

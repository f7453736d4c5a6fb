// Events -> messages for people: Slack (incoming webhooks) and PagerDuty (Events API v2).
import type { ExportEvent, Severity } from '../../contract/index.ts';
import { oneLine, slackText } from './escape.ts';

const MARKS: Readonly<Record<Severity, string>> = {
  info: 'Info',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
};

/** Slack's own bounds are 3000 characters a section and 50 blocks a message. */
const SECTION_MOST = 1200;

function lines(event: ExportEvent): string[] {
  const { actor, subject } = event;
  const who = actor === undefined ? undefined : actor.name === undefined ? actor.id : `${actor.name} (${actor.id})`;
  const rules = [...new Set(event.findings.map(({ rule }) => rule))];
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['who', who],
    ['what', subject && `${subject.type} ${subject.id}`],
    ['ruled', event.action],
    ['rules', rules.slice(0, 5).join(', ') || undefined],
    ['techniques', event.techniques.slice(0, 5).join(', ') || undefined],
    ['reason', event.reason],
    ['count', event.count === undefined ? undefined : String(event.count)],
    ['when', event.time],
    ['id', event.correlation === undefined ? event.id : `${event.correlation}, record ${event.id}`],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${slackText(value.slice(0, 200))}`]));
}

/** One message for a few events. Its blocks are plain text: nothing in them is markup. */
export function toSlack(events: readonly ExportEvent[]): object {
  const heads = events.map((event) => `${MARKS[event.severity]}: ${slackText(event.title)}`);
  return {
    // What notifications and readers that know no blocks show.
    text: heads.length === 1 ? heads[0] : `${heads.length} events. ${heads[0]}`,
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: events.map((event, i) => ({
      type: 'section',
      text: {
        type: 'plain_text',
        emoji: false,
        text: [heads[i], ...lines(event)].join('\n').slice(0, SECTION_MOST),
      },
    })),
  };
}

const PAGER_SEVERITIES: Readonly<Record<Severity, string>> = {
  info: 'info',
  low: 'info',
  medium: 'warning',
  high: 'error',
  critical: 'critical',
};

/** One event; those that belong together have one alert, which ends with what ends them. */
export function toPagerDuty(event: ExportEvent, routingKey: string): object {
  const { findings, actor, subject } = event;
  const head = {
    routing_key: routingKey,
    event_action: event.ends === true ? 'resolve' : 'trigger',
    dedup_key: oneLine(`ancile-${event.correlation ?? event.id}`).slice(0, 255),
  };
  if (event.ends === true) return head;
  return {
    ...head,
    client: 'Ancile',
    payload: {
      summary: oneLine(`${event.title}${subject === undefined ? '' : `: ${subject.id}`}`).slice(0, 1024),
      source: oneLine(event.node),
      severity: PAGER_SEVERITIES[event.severity],
      timestamp: event.time,
      component: oneLine(event.upstream ?? 'ancile'),
      group: event.family,
      class: findings[0]?.class ?? event.kind,
      custom_details: {
        id: event.id,
        kind: event.kind,
        severity: event.severity,
        ...(event.action !== undefined && { action: event.action }),
        ...(actor !== undefined && { actor: oneLine(actor.id), name: oneLine(actor.name ?? '') }),
        ...(event.reason !== undefined && { reason: oneLine(event.reason) }),
        rules: [...new Set(findings.map(({ rule }) => rule))],
        techniques: event.techniques,
      },
    },
  };
}

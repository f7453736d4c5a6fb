// Events -> a request of OTLP logs in the JSON form of protobuf: int64 as text, bytes as hex, enums as numbers.
import { VERSION } from '../../config/index.ts';
import type { ExportEvent, Severity } from '../../contract/index.ts';

/** SeverityNumber: INFO, INFO3, WARN, ERROR, FATAL. */
const SEVERITIES: Readonly<Record<Severity, readonly [number, string]>> = {
  info: [9, 'INFO'],
  low: [11, 'INFO3'],
  medium: [13, 'WARN'],
  high: [17, 'ERROR'],
  critical: [21, 'FATAL'],
};

type Value = string | number | boolean | readonly string[] | undefined;

function toValue(value: Exclude<Value, undefined>): object {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return { arrayValue: { values: value.map((each) => ({ stringValue: each })) } };
}

function toAttributes(values: Readonly<Record<string, Value>>): object[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: toValue(value) }],
  );
}

/** A time in nanoseconds since the epoch, which no number of JSON holds. */
const nanos = (time: string): string => `${BigInt(Date.parse(time)) * 1_000_000n}`;

function toLogRecord(event: ExportEvent, now: number): object {
  const [severityNumber, severityText] = SEVERITIES[event.severity];
  const { actor, subject } = event;
  return {
    timeUnixNano: nanos(event.time),
    observedTimeUnixNano: `${BigInt(now) * 1_000_000n}`,
    severityNumber,
    severityText,
    eventName: `ancile.${event.kind}`,
    body: { stringValue: event.title },
    attributes: toAttributes({
      'log.record.uid': event.id,
      'ancile.seq': event.seq,
      'ancile.kind': event.kind,
      'ancile.family': event.family,
      'ancile.activity': event.activity,
      'ancile.severity': event.severity,
      'ancile.outcome': event.outcome,
      'ancile.action': event.action,
      'ancile.correlation': event.correlation,
      'ancile.subject.type': subject?.type,
      'ancile.subject.id': subject?.id,
      'ancile.tenant': actor?.tenant,
      'ancile.reason': event.reason,
      'ancile.count': event.count,
      'ancile.duration_ms': event.durationMs,
      'ancile.rules': event.findings.length > 0 ? [...new Set(event.findings.map(({ rule }) => rule))] : undefined,
      'ancile.policies': event.policies.length > 0 ? [...new Set(event.policies.map(({ id }) => id))] : undefined,
      'ancile.techniques': event.techniques.length > 0 ? event.techniques : undefined,
      'ancile.shortened': event.shortened,
      'user.id': actor?.id,
      'user.name': actor?.name,
      // The semantic conventions for generative AI.
      'gen_ai.request.model': event.model,
      'gen_ai.conversation.id': event.session,
      'gen_ai.usage.input_tokens': event.inputTokens,
      'gen_ai.usage.output_tokens': event.outputTokens,
      ...Object.fromEntries(Object.entries(event.details).map(([name, value]) => [`ancile.${name}`, value])),
    }),
  };
}

/** @param now - milliseconds since the epoch, when the events are sent */
export function toOtlpLogs(events: readonly ExportEvent[], now: number): object {
  const groups = groupByNode(events);
  return {
    resourceLogs: [...groups].map(([node, members]) => ({
      resource: {
        attributes: toAttributes({ 'service.name': 'ancile', 'service.version': VERSION, 'service.instance.id': node }),
      },
      scopeLogs: [
        {
          scope: { name: 'ancile.export', version: VERSION },
          logRecords: members.map((each) => toLogRecord(each, now)),
        },
      ],
    })),
  };
}

function groupByNode(events: readonly ExportEvent[]): Map<string, ExportEvent[]> {
  const groups = new Map<string, ExportEvent[]>();
  for (const event of events) {
    const group = groups.get(event.node);
    if (group === undefined) groups.set(event.node, [event]);
    else group.push(event);
  }
  return groups;
}

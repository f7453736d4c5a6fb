// Event -> a message of RFC 5424 around CEF or JSON, and its frame on a stream (RFC 6587, octet counting; RFC 5425).
import { VERSION } from '../../config/index.ts';
import type { ExportEvent, Severity } from '../../contract/index.ts';
import { toCef } from './cef.ts';
import { asciiJson, structuredValue, syslogToken } from './escape.ts';
import { toOcsf } from './ocsf.ts';

/** RFC 5424, 6.2.1: critical, error, warning, notice, informational. */
const SEVERITIES: Readonly<Record<Severity, number>> = { info: 6, low: 5, medium: 4, high: 3, critical: 2 };

export interface SyslogForm {
  readonly format: 'cef' | 'json' | 'ocsf';
  readonly facility: number;
  readonly enterprise: number;
  readonly processId: number;
}

function structuredData(event: ExportEvent, enterprise: number): string {
  const fields: readonly (readonly [string, string | number | undefined])[] = [
    ['id', event.id],
    ['seq', event.seq],
    ['severity', event.severity],
    ['action', event.action],
    ['outcome', event.outcome],
    ['actor', event.actor?.id],
    ['correlation', event.correlation],
  ];
  const params = fields.flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}="${structuredValue(String(value))}"`],
  );
  return `[origin software="ancile" swVersion="${structuredValue(VERSION)}"][ancile@${enterprise}${params.join('')}]`;
}

export function toSyslog(event: ExportEvent, { format, facility, enterprise, processId }: SyslogForm): Buffer {
  const priority = facility * 8 + SEVERITIES[event.severity];
  const head = [
    `<${priority}>1`,
    event.time,
    syslogToken(event.node, 255),
    'ancile',
    String(processId),
    syslogToken(event.kind, 32),
  ].join(' ');
  const message = format === 'cef' ? toCef(event) : asciiJson(format === 'json' ? event : toOcsf(event));
  return Buffer.from(`${head} ${structuredData(event, enterprise)} ${message}`);
}

/** A message with its length before it. */
export function toFrame(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

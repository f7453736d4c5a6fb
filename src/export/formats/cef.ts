// Event -> ArcSight Common Event Format, version 0.
import { VERSION } from '../../config/index.ts';
import type { ExportEvent, Severity } from '../../contract/index.ts';
import { cefHeader, cefValue } from './escape.ts';

/** CEF counts to 10: 0-3 low, 4-6 medium, 7-8 high, 9-10 very high. */
const SEVERITIES: Readonly<Record<Severity, number>> = { info: 1, low: 3, medium: 5, high: 8, critical: 10 };

const join = (values: readonly string[]): string | undefined => values.join(' ') || undefined;

/** One line without its end. */
export function toCef(event: ExportEvent): string {
  const { actor, subject, findings } = event;
  const header = [
    'CEF:0',
    'Ancile',
    'Ancile',
    cefHeader(VERSION),
    cefHeader(event.kind),
    cefHeader(event.title),
    String(SEVERITIES[event.severity]),
  ].join('|');
  const custom: readonly (readonly [string, string | undefined])[] = [
    ['rules', join([...new Set(findings.map(({ rule }) => rule))])],
    ['techniques', join(event.techniques)],
    ['model', event.model ?? subject?.id],
    ['correlation', event.correlation],
    ['session', event.session],
    ['policies', join(event.policies.map(({ id }) => id))],
  ];
  const fields: readonly (readonly [string, string | number | undefined])[] = [
    ['rt', Date.parse(event.time)],
    ['externalId', event.id],
    ['deviceExternalId', event.node],
    ['cat', event.family],
    ['act', event.action ?? event.activity],
    ['outcome', event.outcome],
    ['suid', actor?.id],
    ['suser', actor?.name],
    ['reason', event.reason],
    ['cnt', event.count],
    ['msg', event.title],
    ...custom.flatMap(([label, value], i): [string, string][] =>
      value === undefined
        ? []
        : [
            [`cs${i + 1}Label`, label],
            [`cs${i + 1}`, value],
          ],
    ),
    ['cn1Label', 'seq'],
    ['cn1', event.seq],
  ];
  const extension = fields.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${cefValue(String(value))}`],
  );
  return `${header}|${extension.join(' ')}`;
}

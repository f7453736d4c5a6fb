// What a kind of record is described by: the event but for what every record has, in words that keep within bounds.
import type { Action, ExportEvent, Finding, Severity } from '../../contract/index.ts';
import { Severity as SEVERITIES } from '../../contract/index.ts';

export type Details = Readonly<Record<string, string | number | boolean | undefined>>;

/** `findings`, `policies`, `techniques` and `details` may be left out. */
export type Described = Omit<
  ExportEvent,
  'id' | 'seq' | 'node' | 'time' | 'kind' | 'findings' | 'policies' | 'techniques' | 'details' | 'shortened'
> & {
  readonly findings?: readonly ExportEvent['findings'][number][] | undefined;
  readonly policies?: ExportEvent['policies'] | undefined;
  readonly techniques?: readonly string[] | undefined;
  readonly details?: Details | undefined;
};

/** The worst of several severities. */
export function worst(...severities: readonly (Severity | undefined)[]): Severity {
  const places = severities.map((each) => (each === undefined ? 0 : SEVERITIES.options.indexOf(each)));
  return SEVERITIES.options[Math.max(0, ...places)]!;
}

/** How bad it is that something was ruled. */
export function severityOf(action: Action | undefined): Severity {
  switch (action) {
    case 'block':
    case 'hold':
      return 'medium';
    case 'redact':
    case 'flag':
      return 'low';
    default:
      return 'info';
  }
}

/** A finding as it leaves the house: its evidence and its place in the text stay. */
export function withoutEvidence({ rule, class: found, severity, score, channel, techniques }: Finding) {
  return { rule, class: found, severity, score, channel, techniques };
}

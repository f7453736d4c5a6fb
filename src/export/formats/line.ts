// An event as the one text that files, streams and collectors keep.
import type { ExportEvent } from '../../contract/index.ts';
import { toCef } from './cef.ts';
import { toEcs } from './ecs.ts';
import { toOcsf } from './ocsf.ts';

export type LineFormat = 'json' | 'ocsf' | 'ecs' | 'cef';

/** As a value of JSON. */
export function toValue(event: ExportEvent, format: Exclude<LineFormat, 'cef'>): object {
  if (format === 'json') return event;
  return format === 'ocsf' ? toOcsf(event) : toEcs(event);
}

/** As one line without its end. */
export function toLine(event: ExportEvent, format: LineFormat): string {
  return format === 'cef' ? toCef(event) : JSON.stringify(toValue(event, format));
}

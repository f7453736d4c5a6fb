// A line of a cloud's log as a call; whatever is wrong with it is told by the name of its member.
import { z } from 'zod';
import { AncileError } from '../../base/index.ts';
import { LoggedCall, type LogService } from '../../contract/index.ts';
import { parseJson } from '../json.ts';
import { readAzure } from './azure.ts';
import { readBedrock } from './bedrock.ts';
import { readVertex } from './vertex.ts';

export type LoggedLine = Omit<LoggedCall, 'file' | 'line'>;

/** Reads a parsed line; a line without an id of its own is known by its digest, which whoever reads files makes. @throws ZodError */
export type LogReader = (value: unknown, digest: () => string) => LoggedLine;

/** Longest line that is read: services put larger bodies elsewhere. */
export const MAX_LOG_LINE = 4_000_000;

const READERS: Readonly<Record<LogService, LogReader>> = {
  bedrock: readBedrock,
  azure: readAzure,
  vertex: readVertex,
};

/** @throws AncileError `request_invalid` that says what is wrong, without the line's own text */
export function readLogLine(
  service: LogService,
  bytes: Uint8Array,
  at: { file: string; line: number },
  digest: (bytes: Uint8Array) => string,
): LoggedCall {
  const value = parseJson(bytes, { maxBytes: MAX_LOG_LINE, what: 'the line' });
  try {
    return LoggedCall.parse({ ...READERS[service](value, () => digest(bytes)), ...at });
  } catch (thrown) {
    if (!(thrown instanceof z.ZodError)) throw thrown;
    const issue = thrown.issues[0]!;
    throw new AncileError('request_invalid', `${issue.path.join('.') || 'the line'}: ${issue.message}`, {
      hint: `Expected a line of the log of ${service}.`,
      cause: thrown,
    });
  }
}

// The operator's log: JSON lines on standard error. Faults are told with their causes; request texts never are.
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import { AncileError } from '../base/index.ts';

export type { Logger } from 'pino';

/** An error for the log. The cause's message may name an address, which is the operator's to see and nobody else's. */
function toLogged(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const cause = thrown.cause instanceof Error ? { cause: thrown.cause.message } : {};
  if (!(thrown instanceof AncileError)) return stdSerializers.err(thrown);
  return {
    code: thrown.code,
    message: thrown.message,
    ...(thrown.at === undefined ? {} : { at: thrown.at }),
    ...cause,
  };
}

/** @param sink - where the lines go; by default standard error */
export function createLog(level: 'info' | 'silent' = 'info', sink: DestinationStream = process.stderr): Logger {
  return pino(
    { level, serializers: { err: toLogged }, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    sink,
  );
}

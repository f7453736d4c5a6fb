// What a server says of how far it is, as the agent is told of it.
import { isObject } from '../../base/index.ts';
import type { Json } from './json-rpc.ts';

const PROGRESS_TEXT = 500;

/** Undefined where it is no progress. @param mayTell - whether its words may be told */
export function toProgress({ progress, total, message }: Json, mayTell: (said: string) => boolean): Json | undefined {
  if (typeof progress !== 'number') return undefined;
  const said = typeof message === 'string' ? message.slice(0, PROGRESS_TEXT) : undefined;
  return {
    progress,
    ...(typeof total === 'number' ? { total } : {}),
    ...(said !== undefined && mayTell(said) ? { message: said } : {}),
  };
}

/** By what an agent wants to be told of progress; undefined where it does not. */
export function progressToken({ _meta }: Json): string | number | undefined {
  const token = isObject(_meta) ? _meta['progressToken'] : undefined;
  return typeof token === 'string' || typeof token === 'number' ? token : undefined;
}

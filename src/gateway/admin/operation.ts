// What the contract's operations are here: functions of a checked input and of who asks.
import { AncileError } from '../../base/index.ts';
import { API, type ApiAnswer, type ApiClient, type ApiName } from '../../contract/index.ts';
import type { z } from 'zod';
import { type Caller, checkPermission } from './actor.ts';

/** Every operation. Whoever calls one has checked that the caller may (`checkPermission`) and the input. */
export type Operations = {
  readonly [K in ApiName]: (input: z.output<(typeof API)[K]['input']>, caller: Caller) => Promise<ApiAnswer<K>>;
};

/**
 * The input of an operation, checked.
 * @throws AncileError `request_invalid`: `at` is the member that is wrong
 */
export function parseInput<K extends ApiName>(name: K, value: unknown): z.output<(typeof API)[K]['input']> {
  const parsed = API[name].input.safeParse(value);
  if (parsed.success) return parsed.data as z.output<(typeof API)[K]['input']>;
  const issue = parsed.error.issues[0]!;
  const unknown = issue.code === 'unrecognized_keys' ? 'there is no such member' : issue.message;
  const place = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
  const at = place.map(String).join('.').slice(0, 100);
  throw new AncileError('request_invalid', unknown, at === '' ? {} : { at });
}

/** The operations as a client without a wire between: for the command line on a data folder that nobody else has. */
export function toApiClient(operations: Operations, caller: Caller): ApiClient {
  const call = (name: ApiName) => async (input: unknown) => {
    checkPermission(caller.actor, API[name].needs);
    const run = operations[name] as (input: unknown, caller: Caller) => Promise<unknown>;
    return run(parseInput(name, input ?? {}), caller);
  };
  const names = Object.keys(API) as ApiName[];
  return Object.fromEntries(names.map((name) => [name, call(name)])) as unknown as ApiClient;
}

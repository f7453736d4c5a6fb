// The ground everything stands on. Imports nothing.
export { canonicalJson } from './canonical-json.ts';
export { systemClock, type Clock } from './clock.ts';
export { AncileError, ERROR_TABLE, systemCode, toAncileError, type ErrorCode, type ExitCode } from './errors.ts';
export { Gathered } from './gather.ts';
export { newId, randomToken } from './ids.ts';
export { isObject } from './is-object.ts';

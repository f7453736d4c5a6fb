// The cursor of codec/, under the names that formats use.
export { Cursor, Malformed } from '../reader/index.ts';

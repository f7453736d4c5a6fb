// What the environment says of the terminal.

/** Whether colour is wanted on a stream (https://no-color.org, https://force-color.org). */
export function wantsColor(isTty: boolean): boolean {
  if (process.env['NO_COLOR']) return false;
  if (process.env['FORCE_COLOR'] && process.env['FORCE_COLOR'] !== '0') return true;
  return isTty && process.env['TERM'] !== 'dumb';
}

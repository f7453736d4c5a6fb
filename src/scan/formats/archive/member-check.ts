// What unpacking a member would do by its name and kind alone: land elsewhere, point elsewhere, seem to be another.
import type { Look } from '../../format.ts';
import { leadsOut } from '../path.ts';

/** Names of one member for different readers; on a screen they may look like another's. */
const DISGUISES: readonly (readonly [why: string, signs: RegExp])[] = [
  ['a zero, at which readers in C end the name', /\0/],
  ['signs that turn the direction of writing', /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/],
  ['signs that are not shown', /[\u00ad\u200b-\u200d\u2060-\u2064\ufeff]/],
  ['control characters', /[\u0001-\u001f\u007f]/],
];

/** Reports a name that says different things to different readers. */
export function checkName(name: string, look: Look): void {
  const found = DISGUISES.find(([, signs]) => signs.test(name));
  if (found !== undefined) look.report('archive.name', { message: `the name ${name} has ${found[0]}`, evidence: name });
}

/** Reports a member that would land elsewhere. */
export function checkPath(path: string, look: Look): void {
  const why = leadsOut(path);
  if (why !== undefined) {
    look.report('archive.slip', { message: `would unpack to ${path}: ${why}`, capability: 'file', evidence: path });
  }
}

/** Reports a link whose target lies elsewhere. @param path - of the link, whose folder the target counts from */
export function checkLink(path: string, target: string, look: Look): void {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const isAbsolute = /^(?:[/\\]|[A-Za-z]:)/.test(target);
  if (leadsOut(isAbsolute ? target : folder + target) === undefined) return;
  look.report('archive.link', {
    message: `the link ${path} points to ${target}`,
    capability: 'file',
    evidence: target,
  });
}

const TYPES: ReadonlyMap<number, string> = new Map([
  [0o120000, 'link'],
  [0o020000, 'a device'],
  [0o060000, 'a device'],
  [0o010000, 'a pipe'],
  [0o140000, 'a socket'],
]);

/** What is unpacked that is neither a file nor a folder, by its Unix mode: `link`, or a special file by its name. */
export const typeOf = (mode: number): string | undefined => TYPES.get(mode & 0o170000);

// Where a member of an archive would land.
import type { Look } from '../../format.ts';

/** Why a path leads out of the folder that is unpacked into; undefined where it does not. */
export function leadsOut(path: string): string | undefined {
  const parts = path.split(/[/\\]/);
  if (/^[/\\]/.test(path)) return 'an absolute path';
  if (/^[A-Za-z]:/.test(path)) return 'a path with a drive';
  let depth = 0;
  for (const part of parts) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return 'a path that leads out of the folder';
  }
  return undefined;
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

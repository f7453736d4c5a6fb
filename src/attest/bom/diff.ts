// What differs between two bills of materials, thing by thing, and what of that a gate is to fail on.
import { type ContentKind, type Contents, KINDS } from './bom-file.ts';

export interface Change {
  readonly kind: ContentKind;
  readonly change: 'added' | 'removed' | 'changed';
  readonly name: string;
  /** Digest, version or value before. */
  readonly from?: string;
  readonly to?: string;
}

/** What a gate may fail on: any change, other content of files, other licences. */
export type Gate = 'change' | 'hash' | 'licence';

/** The changes from one to the other, by kind and then by name. */
export function diffContents(before: Contents, after: Contents): Change[] {
  const changes: Change[] = [];
  for (const kind of KINDS) {
    const [old, now] = [before.get(kind)!, after.get(kind)!];
    for (const name of [...new Set([...old.keys(), ...now.keys()])].sort()) {
      const [from, to] = [old.get(name), now.get(name)];
      if (from === to) continue;
      const change = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed';
      changes.push({
        kind,
        change,
        name,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
    }
  }
  return changes;
}

/** Whether a gate fails. A file that came or went is other content as well. */
export function failsGate(changes: readonly Change[], gate: Gate): boolean {
  if (gate === 'change') return changes.length > 0;
  return changes.some(({ kind }) => kind === (gate === 'hash' ? 'file' : 'licence'));
}

// The files of a policy set, replaced: all of them, or as they were.
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import { writeSynced } from '../config/index.ts';
import type { PolicyFile } from '../contract/index.ts';

/** What a file of a set can be called. */
const IS_OF_SET = /\.(cedar|ya?ml)$/;
const PREFIX = '.ancile-edit-';

/** What lies there now, of the names that will change; undefined where there is no such file. */
function readBefore(folder: string, names: readonly string[]): Map<string, string | undefined> {
  return new Map(
    names.map((name) => {
      try {
        return [name, readFileSync(join(folder, name), 'utf8')];
      } catch (thrown) {
        if (systemCode(thrown) === 'ENOENT') return [name, undefined];
        throw thrown;
      }
    }),
  );
}

/** Puts each file in its place by renaming, so that none is ever half there. */
function putInPlace(folder: string, files: ReadonlyMap<string, string | undefined>): void {
  const made = [...files].filter(([, text]) => text !== undefined);
  for (const [name, text] of made) writeSynced(join(folder, PREFIX + name), text!, 'w', 0o600);
  for (const [name] of made) renameSync(join(folder, PREFIX + name), join(folder, name));
  for (const [name, text] of files) if (text === undefined) rmSync(join(folder, name), { force: true });
}

/** A name that is taken by a file which is not of the set: a configuration beside it, for one. */
function checkNames(folder: string, files: readonly PolicyFile[], members: readonly string[]): void {
  const strange = files.find(
    ({ name }) => !members.includes(name) && (!IS_OF_SET.test(name) || existsSync(join(folder, name))),
  );
  if (strange === undefined) return;
  throw new AncileError('request_invalid', `${strange.name} is no file of this set`, {
    at: 'files',
    hint: 'A set has policy-set.yaml, .cedar files and a .yaml file of cases; a new one takes a name that is free.',
  });
}

/**
 * Writes the files of a set into its folder, takes away those that it has no more, and calls `use`. Where
 * that throws, the files are put back as they were. A crash in between can leave some files old and some new: the
 * policy version of the next start, which is on record, is then neither of the two.
 * @param members - names of the files that are of the set now
 * @throws AncileError `request_invalid` for a name that is not the set's to take, `data_dir_unusable` where the folder
 *   cannot be written; what `use` throws
 */
export function writePolicyFiles<T>(
  folder: string,
  files: readonly PolicyFile[],
  members: readonly string[],
  use: () => T,
): T {
  checkNames(folder, files, members);
  let before: Map<string, string | undefined>;
  try {
    const named = files.map((file) => file.name);
    const gone = members.filter((name) => !named.includes(name));
    before = readBefore(folder, [...named, ...gone]);
    const after = new Map<string, string | undefined>(files.map(({ name, text }) => [name, text]));
    for (const name of gone) after.set(name, undefined);
    try {
      putInPlace(folder, after);
    } catch (thrown) {
      putInPlace(folder, before);
      throw thrown;
    }
  } catch (thrown) {
    throw new AncileError('data_dir_unusable', `the policy folder cannot be written (${systemCode(thrown)})`, {
      at: 'policy.set',
      hint: 'The user that runs the server must be able to write it; the log names it.',
      cause: thrown,
    });
  }
  try {
    return use();
  } catch (thrown) {
    putInPlace(folder, before);
    throw thrown;
  }
}

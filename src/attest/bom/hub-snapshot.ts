// A model where the Hugging Face Hub's client keeps it: `models--org--name/snapshots/<commit>`, links into the blobs beside it.
import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { FactBook } from './fact-book.ts';

export interface HubSnapshot {
  /** `org/name`. */
  readonly repository: string;
  readonly commit: string;
  /** The folder of the model in the cache: what its links may lead to. */
  readonly cache: string;
}

const PLACE = /^(.*\/models--([A-Za-z0-9][\w.-]*?)(?:--([A-Za-z0-9][\w.-]*))?)\/snapshots\/([0-9a-f]{40})$/;

/** What the place of a folder says; undefined for one that is elsewhere. */
export function hubSnapshot(root: string): HubSnapshot | undefined {
  let real: string;
  try {
    real = realpathSync(resolve(root));
  } catch {
    return undefined;
  }
  const match = PLACE.exec(real.split(sep).join('/'));
  if (match === null) return undefined;
  const [, folder, first, second, commit] = match;
  return { repository: second === undefined ? first! : `${first}/${second}`, commit: commit!, cache: resolve(folder!) };
}

/** Writes down what the place says: last of all, for files know better. */
export function saySnapshot({ repository, commit }: HubSnapshot, book: FactBook): void {
  book.say('name', repository);
  book.say('version', commit);
  book.say('downloadLocation', `https://huggingface.co/${repository}`);
  book.say('purl', `pkg:huggingface/${repository}@${commit}`);
}

// Digests of files that were read before: a file that its folder says is unchanged is not read again. Whoever may set a
// file's times or write the cache can deceive it, which is why it is off unless asked for.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { z } from 'zod';
import { AncileError, randomToken, systemCode } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';
import type { Serialization } from './manifest.ts';
import type { ModelFile } from './walk.ts';

/** A file changed so shortly before it was read could change again within the same tick of its clock. */
const RACY_MS = 2000;
const MAX_BYTES = 500_000_000;
const OTHERS_MAY_WRITE = 0o022;

const Entry = z.object({
  /** Size, mtime and ctime in nanoseconds, inode and device: what must be the same. */
  state: z.string(),
  digests: z.array(z.string().regex(/^[0-9a-f]{64,128}$/)),
});
const CacheFile = z.object({ version: z.literal(1), model: z.string(), entries: z.record(z.string(), Entry) });
type Entry = z.infer<typeof Entry>;

function stateOf({ size, mtimeNs, ctimeNs, ino, dev }: ModelFile['stat']): string {
  return [size, mtimeNs, ctimeNs, ino, dev].join(' ');
}

/** What digests are of: those by another hash or of other shards are other digests. */
function kindOf({ hash, shardSize = 0 }: Serialization): string {
  return `${hash} ${shardSize} `;
}

function checkCustody(path: string): void {
  const { mode, uid } = statSync(path);
  if (process.platform === 'win32' || ((mode & OTHERS_MAY_WRITE) === 0 && uid === process.geteuid?.())) return;
  throw new AncileError('usage', `others can write the cache ${path}`, {
    at: path,
    hint: `Take a folder of your own, and remove what is in this one: chmod 700 ${path}.`,
  });
}

export class DigestCache {
  readonly #file: string;
  readonly #model: string;
  readonly #known: Map<string, Entry>;
  readonly #seen = new Map<string, Entry>();

  /**
   * @param folder - made where it is missing
   * @param root - the model's own place
   * @throws AncileError `usage` for a folder within the model, or one that others can write
   */
  constructor(folder: string, root: string) {
    const place = resolve(folder);
    // Before it is made, by its name, and afterwards, by where it really is.
    const checkOutside = (real: string): void => {
      if (real !== root && !real.startsWith(root + sep)) return;
      throw new AncileError('usage', 'the cache must be outside the model', {
        at: folder,
        hint: 'Take another folder.',
      });
    };
    checkOutside(place);
    try {
      mkdirSync(place, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new AncileError('usage', `the cache ${folder} cannot be made (${systemCode(cause)})`, {
        at: folder,
        cause,
      });
    }
    checkCustody(place);
    checkOutside(realpathSync(place));
    this.#model = root;
    this.#file = join(place, `${createHash('sha256').update(root).digest('hex').slice(0, 32)}.json`);
    this.#known = this.#load();
  }

  #load(): Map<string, Entry> {
    let bytes: Buffer;
    try {
      checkCustody(this.#file);
      bytes = readFileSync(this.#file);
    } catch (thrown) {
      if (thrown instanceof AncileError) throw thrown;
      return new Map();
    }
    try {
      const { model, entries } = CacheFile.parse(parseJson(bytes, { maxBytes: MAX_BYTES }));
      return model === this.#model ? new Map(Object.entries(entries)) : new Map();
    } catch {
      // A cache that cannot be read is a cold one.
      return new Map();
    }
  }

  /** The digests of a file that is as it was when they were made. */
  find({ path, stat }: ModelFile, how: Serialization): readonly string[] | undefined {
    const entry = this.#known.get(kindOf(how) + path);
    if (entry === undefined || entry.state !== stateOf(stat)) return undefined;
    this.#seen.set(kindOf(how) + path, entry);
    return entry.digests;
  }

  /** Keeps a file's digests, unless it was changed just before it was read. */
  keep({ path, stat }: ModelFile, how: Serialization, digests: readonly string[], readAt: number): void {
    const changed = Math.max(Number(stat.mtimeMs), Number(stat.ctimeMs));
    if (readAt - changed < RACY_MS) return;
    this.#seen.set(kindOf(how) + path, { state: stateOf(stat), digests: [...digests] });
  }

  /**
   * Writes what is known, whole or not at all.
   * @param complete - whether this run has seen all files, so that what it did not see is gone
   */
  save(how: Serialization, complete: boolean): void {
    const temporary = `${this.#file}.${randomToken(12)}.tmp`;
    const kept = [...this.#known].filter(([key]) => !complete || !key.startsWith(kindOf(how)));
    const content = { version: 1, model: this.#model, entries: Object.fromEntries([...kept, ...this.#seen]) };
    writeFileSync(temporary, JSON.stringify(content), { mode: 0o600 });
    renameSync(temporary, this.#file);
  }
}

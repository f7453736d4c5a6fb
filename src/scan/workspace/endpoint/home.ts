// A home folder, read within bounds: nothing outside it, no link followed out of it, and what cannot be read is listed.
import { type Dirent, type Stats, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { AncileError, systemCode } from '../../../base/index.ts';

/** Entries of folders that are looked at, in all. */
const MOST_ENTRIES = 200_000;
const MOST_UNREAD = 200;

export class Home {
  readonly folder: string;
  readonly unread: { path: string; reason: string }[] = [];
  #entries = 0;

  /** @throws AncileError `not_found` when there is no such folder */
  constructor(folder: string) {
    try {
      this.folder = realpathSync(resolve(folder));
    } catch (thrown) {
      throw new AncileError('not_found', `${folder} is not there`, {
        at: folder,
        cause: thrown,
        hint: 'Name a home folder.',
      });
    }
  }

  note(path: string, reason: string): void {
    if (this.unread.length < MOST_UNREAD) this.unread.push({ path, reason });
  }

  /** The real path of what lies below, when it lies below in truth; undefined when it is not there or leads away. */
  real(path: string): string | undefined {
    let to: string;
    try {
      lstatSync(join(this.folder, path));
    } catch {
      return undefined;
    }
    try {
      to = realpathSync(join(this.folder, path));
    } catch (thrown) {
      this.note(path, `cannot be read (${systemCode(thrown) ?? 'fault'})`);
      return undefined;
    }
    if (to === this.folder || to.startsWith(this.folder + sep)) return to;
    this.note(path, 'a link that leads out of the home folder');
    return undefined;
  }

  stat(path: string): Stats | undefined {
    const real = this.real(path);
    if (real === undefined) return undefined;
    try {
      return statSync(real);
    } catch {
      return undefined;
    }
  }

  /** Entries of a folder by name; none when it is not there. */
  entries(path: string): Dirent[] {
    const real = this.real(path);
    if (real === undefined || this.#entries >= MOST_ENTRIES) return [];
    try {
      const found = readdirSync(real, { withFileTypes: true });
      this.#entries += found.length;
      if (this.#entries >= MOST_ENTRIES)
        this.note(path, `more than ${MOST_ENTRIES} entries: the rest was not looked at`);
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (thrown) {
      const code = systemCode(thrown);
      if (code !== 'ENOTDIR') this.note(path, `cannot be read (${code ?? 'fault'})`);
      return [];
    }
  }

  /** Regular files that a pattern names: `*` stands for one name, or a part of one. */
  files(pattern: string): string[] {
    let paths = [''];
    for (const part of pattern.split('/')) {
      if (!part.includes('*')) {
        paths = paths.map((path) => (path === '' ? part : `${path}/${part}`));
        continue;
      }
      const [before = '', after = ''] = part.split('*');
      paths = paths.flatMap((path) =>
        this.entries(path)
          .filter(
            ({ name }) =>
              name.startsWith(before) && name.endsWith(after) && name.length >= before.length + after.length,
          )
          .map(({ name }) => (path === '' ? name : `${path}/${name}`)),
      );
    }
    return paths.filter((path) => this.stat(path)?.isFile() === true);
  }

  /** Files below a folder, links aside, to a depth. */
  *below(path: string, depth: number): Generator<{ path: string; bytes: number }> {
    const folders = [{ path, depth }];
    for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
      for (const entry of this.entries(next.path)) {
        const inner = `${next.path}/${entry.name}`;
        if (entry.isDirectory() && next.depth > 0) folders.push({ path: inner, depth: next.depth - 1 });
        else if (entry.isFile()) yield { path: inner, bytes: this.stat(inner)?.size ?? 0 };
      }
    }
  }
}

// Tar archives of every kind: plain ones, models of NeMo, the first format of PyTorch. Readers differ in what they pass over;
// whatever any of them may find is looked at.
import type { Format, Look } from '../../format.ts';
import { Malformed } from '../../cursor.ts';
import type { Source } from '../../source.ts';
import { sliceOf } from '../../stream-source.ts';
import { lookBehind } from './behind.ts';
import { checkLink, checkName, checkPath } from './member-check.ts';
import { BLOCK, isHeader, readHeader, readPax } from './tar-header.ts';

/** Longest value of an extended header that is read. */
const MOST_EXTENDED = 1 << 16;
/** Blocks in which a header is looked for behind a broken one, and zeros behind the end. */
const MOST_PASSED = 1 << 16;
/** Steps of a header and of what its name is held against. */
const HEADER_STEPS = 20;
const HARD_LINK = '1';
const SYMBOLIC_LINK = '2';
const FOLDER = '5';
const SPARSE = 'S';
const DEVICES: Readonly<Record<string, string>> = { '3': 'a device', '4': 'a device', '6': 'a pipe' };

/** Whether readers step over no content behind the header, whatever size it tells. */
const isBare = (type: string): boolean =>
  type === HARD_LINK || type === SYMBOLIC_LINK || type === FOLDER || type in DEVICES;

class Walk {
  readonly #source: Source;
  readonly #look: Look;
  readonly names = new Set<string>();
  #at = 0;
  /** What extended headers say of the next member, and of all that follow. */
  #next = new Map<string, string>();
  #always = new Map<string, string>();

  constructor(source: Source, look: Look) {
    this.#source = source;
    this.#look = look;
  }

  /** Walks over the archive up to its end. */
  run(): void {
    for (;;) {
      this.#look.budget.step(HEADER_STEPS);
      const header = this.#source.read(this.#at, BLOCK);
      if (header.length === 0) return;
      if (header.length === BLOCK && header.every((byte) => byte === 0)) {
        if (!this.#passEnd()) return;
      } else if (isHeader(header)) this.#member(header);
      else if (!this.#passBroken()) return;
    }
  }

  /** Passes over the zeros of an end. @returns whether another header stands behind it */
  #passEnd(): boolean {
    const end = this.#at;
    let block: Uint8Array = new Uint8Array(BLOCK);
    for (let passed = 0; passed < MOST_PASSED; passed++) {
      this.#look.budget.step();
      block = this.#source.read((this.#at += BLOCK), BLOCK);
      if (block.length < BLOCK || block.some((byte) => byte !== 0)) break;
    }
    if (!isHeader(block)) {
      lookBehind(this.#source, end, 'archive', this.#look);
      return false;
    }
    this.#look.report('archive.trailing', { message: 'more members stand behind its end', offset: this.#at });
    return true;
  }

  /** Looks for the next header behind a broken one, as some readers do. @returns whether there is one */
  #passBroken(): boolean {
    const broken = this.#at;
    this.#look.report('tar.malformed', { message: 'a header is broken', offset: broken });
    for (let passed = 0; passed < MOST_PASSED; passed++) {
      this.#look.budget.step(2);
      const block = this.#source.read((this.#at += BLOCK), BLOCK);
      if (isHeader(block)) break;
      if (block.length < BLOCK) this.#at = -1;
      if (this.#at === -1) break;
    }
    const end = this.#at;
    this.#look.member(`behind byte ${broken}`, sliceOf(this.#source, broken, end === -1 ? Infinity : end - broken));
    return end !== -1;
  }

  /** What is told of the next member: the latest word wins, as in GNU tar and Python. */
  #told(key: string): string | undefined {
    return this.#next.get(key) ?? this.#always.get(key);
  }

  #member(bytes: Uint8Array): void {
    const start = this.#at;
    const header = readHeader(bytes);
    const { type } = header;
    const told = this.#told('size');
    const size = told === undefined ? header.size : Number(told);
    if (!(size >= 0)) throw new Malformed('a size is no number', start);
    let dataAt = start + BLOCK;
    if (header.isExtended) {
      // Each further block tells whether another one follows.
      for (let more = true; more; dataAt += BLOCK) {
        this.#look.budget.step(10);
        more = (this.#source.read(dataAt, BLOCK)[504] ?? 0) !== 0;
      }
    }
    const end = dataAt + Math.ceil(size / BLOCK) * BLOCK;
    this.#at = isBare(type) ? dataAt : end;
    if (this.#extend(type, dataAt, size)) return;
    const name = this.#told('GNU.sparse.name') ?? this.#told('path') ?? header.name;
    const link = this.#told('linkpath') ?? header.link;
    const isSparse = type === SPARSE || [...this.#next.keys()].some((key) => key.startsWith('GNU.sparse.'));
    this.#next = new Map();
    this.names.add(name);
    checkName(name, this.#look);
    checkPath(name, this.#look);
    if (isSparse) {
      this.#look.report('tar.sparse', { message: `${name} has holes, which readers fill in or do not`, offset: start });
    }
    const device = DEVICES[type];
    if (device !== undefined) {
      this.#look.report('archive.device', { message: `${name} is ${device}`, capability: 'file', offset: start });
    } else if (type === SYMBOLIC_LINK || type === HARD_LINK) {
      // A hard link counts from the archive's root, a symbolic one from its own folder.
      if (!this.#look.isRoot) checkLink(type === HARD_LINK ? '' : name, link, this.#look);
    }
    if (size === 0) return;
    if (isBare(type)) {
      if (type === FOLDER) return;
      this.#look.report('tar.malformed', {
        message: `${name} has content, which it cannot have: readers differ in whether they step over it`,
        offset: start,
      });
    }
    this.#look.member(name, sliceOf(this.#source, dataAt, size));
  }

  /** Takes an extended header in. @returns whether it was one */
  #extend(type: string, at: number, size: number): boolean {
    if (!'xXgLK'.includes(type)) return false;
    const text = Buffer.from(this.#source.read(at, Math.min(size, MOST_EXTENDED))).toString('utf8');
    if (size > MOST_EXTENDED) this.#look.unseen(`an extended header at byte ${at} is longer than is read`);
    if (type === 'L') this.#next.set('path', text.replace(/\0.*$/s, ''));
    else if (type === 'K') this.#next.set('linkpath', text.replace(/\0.*$/s, ''));
    else {
      const into = type === 'g' ? this.#always : this.#next;
      for (const [key, value] of readPax(text)) into.set(key, value);
    }
    return true;
  }
}

export const TAR: Format = {
  id: 'tar',
  match: ({ head }) => (isHeader(head.subarray(0, BLOCK)) ? 'sure' : false),
  scan(source: Source, look) {
    const walk = new Walk(source, look);
    walk.run();
    const { names } = walk;
    if (names.has('model_config.yaml') || names.has('./model_config.yaml')) return 'nemo';
    return names.has('pickle') && names.has('storages') ? 'pytorch' : undefined;
  },
};

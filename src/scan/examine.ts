// One file looked at: known by its content, given to every format that it is, members and members' members as well.
import { AncileError, toAncileError } from '../base/index.ts';
import {
  type AiAsset,
  type FileReport,
  type ScanFinding,
  type Severity,
  type Unseen,
  isAtLeast,
} from '../contract/index.ts';
import { BeyondBudget, Budget, type BudgetBounds, boundsFor } from './budget.ts';
import { Malformed } from './cursor.ts';
import type { Format, Look, Probe, Reported } from './format.ts';
import type { ScanRule } from './rule.ts';
import { show } from './show.ts';
import { type Source } from './source.ts';
import { StreamSource, Unseekable } from './stream-source.ts';
import { toVerdict } from './verdict.ts';
import { withoutSecrets } from './workspace/secrets.ts';
import { isText, plainHead } from './workspace/text.ts';

/** What a scan goes by. */
export interface Scanner {
  readonly formats: readonly Format[];
  readonly rules: ReadonlyMap<string, ScanRule>;
  /** Of the rules and lists, hex; reports name it. */
  readonly digest?: string;
  /** Bounds of the work for a file of so many bytes. */
  readonly bounds?: (size: number) => BudgetBounds;
}

export interface ExamineOptions {
  /** @see Look.isRoot */
  readonly isRoot?: boolean;
}

const HEAD = 4096;
/** Bytes of a text of which the white space is passed over, to see how it begins: readers of JSON pass over any. */
const BLANK = 1 << 20;
const MOST_FINDINGS = 500;
/** Of one rule in one member: a thousand calls say no more than the first fifty. */
const MOST_OF_A_RULE = 50;
/** Steps of a finding, also of one that is told already. */
const REPORT_STEPS = 30;
const MOST_MEMBERS = 10_000;
const MOST_UNSEEN = 100;
const MOST_ASSETS = 200;

const baseName = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).toLowerCase();

/** How a text begins, long white space shortened: whoever fills the head with it would hide what comes behind. */
function beginning(head: Uint8Array, source: Source): string {
  const text = plainHead(head);
  if (head.length < HEAD || !/[ \t\r\n]{256}/.test(text) || !isText(head)) return text;
  const squeezed = plainHead(source.read(0, BLANK)).replace(/[ \t\r\n]{16,}/g, (run) =>
    run.includes('\n') ? '\n' : ' ',
  );
  return squeezed.slice(0, HEAD);
}

function probe(name: string, source: Source): Probe {
  const head = source.read(0, HEAD);
  const dot = name.lastIndexOf('.');
  return {
    head,
    text: beginning(head, source),
    name,
    extension: dot === -1 ? '' : name.slice(dot),
    source,
  };
}

interface Identified {
  /** What looks at it as a whole. */
  readonly formats: readonly Format[];
  readonly inside: readonly Format[];
}

/**
 * The formats that content is of.
 * @param sureOnly - those with a magic number of their own
 */
function identify(formats: readonly Format[], name: string, source: Source, sureOnly = false): Identified {
  const asked = probe(baseName(name), source);
  const found: Record<'sure' | 'tail' | 'inside' | 'likely', Format[]> = { sure: [], tail: [], inside: [], likely: [] };
  for (const format of formats) {
    const match = format.match(asked);
    if (match !== false) found[match].push(format);
  }
  const { sure, tail, inside, likely } = found;
  const whole = sure.length > 0 || sureOnly ? sure : likely.slice(0, 1);
  return { formats: [...whole, ...tail], inside };
}

class Examination {
  readonly findings: ScanFinding[] = [];
  readonly unseen: Unseen[] = [];
  /** Of those, what was not looked at because the budget was spent. */
  readonly spent: Unseen[] = [];
  readonly members: FileReport['members'] = [];
  readonly assets = new Map<string, AiAsset>();
  readonly #scanner: Scanner;
  readonly #budget: Budget;
  readonly #counts = new Map<string, number>();
  /** Every finding kept is at least as severe; known once there are enough. */
  #least: Severity | undefined;

  readonly #isRoot: boolean;

  constructor(scanner: Scanner, budget: Budget, isRoot = false) {
    this.#scanner = scanner;
    this.#budget = budget;
    this.#isRoot = isRoot;
  }

  /** Looks at one source, under its path within the file (undefined for the file itself). */
  look(name: string, source: Source, member: string | undefined, depth: number): string {
    let identified: Identified;
    try {
      identified = identify(this.#scanner.formats, name, source);
    } catch (thrown) {
      this.#noteThrown(thrown, member);
      return 'unknown';
    }
    const { formats, inside } = identified;
    if (formats.length === 0) {
      const isEmpty = source.read(0, 1).length === 0;
      if (!isEmpty) this.#note('its format is not known', member);
      this.#noteFault(source, member);
      return isEmpty ? 'empty' : 'unknown';
    }
    const ids = formats.map((format) => this.#run(format, name, source, member, depth));
    if (formats.length > 1 && !formats.some(({ carries }) => carries === true)) {
      this.#report('polyglot.formats', { message: `is ${ids.join(' and ')} at once` }, member, 0);
    }
    const within = this.#lookApart(inside, name, source, member, depth);
    this.#noteFault(source, member);
    return [...ids, ...within].join('+');
  }

  /** Looks at raw data: by chance it may begin like any format, so only what is dangerous there counts. */
  #lookAtRaw(name: string, source: Source, member: string, depth: number, raw: string): string {
    const { formats, inside } = identify(this.#scanner.formats, name, source, true);
    return this.#lookApart([...formats, ...inside], name, source, member, depth).join('+') || raw;
  }

  /** Looks as formats that it may not be; nothing comes of it unless that is dangerous. @returns what it is by those */
  #lookApart(
    formats: readonly Format[],
    name: string,
    source: Source,
    member: string | undefined,
    depth: number,
  ): readonly string[] {
    if (formats.length === 0) return [];
    const apart = new Examination(this.#scanner, this.#budget);
    const ids = formats.map((format) => apart.#run(format, name, source, member, depth));
    // What ended early could have come to something dangerous: that is not by chance.
    for (const { reason, member } of apart.spent) this.#note(reason, member, true);
    this.#noteFault(source, member);
    if (toVerdict(apart.findings, []) !== 'malicious') return [];
    for (const finding of apart.findings) this.#keep(finding);
    // Findings name members: those are told of as well.
    this.members.push(...apart.members.slice(0, MOST_MEMBERS - this.members.length));
    return ids;
  }

  #run(format: Format, name: string, source: Source, member: string | undefined, depth: number, base = 0): string {
    const look: Look = {
      name: baseName(name),
      budget: this.#budget,
      // Of the archive itself, which may be compressed: one that lies in it is unpacked by nobody.
      isRoot: this.#isRoot && depth <= 1,
      report: (rule, found) => this.#report(rule, found, member, base),
      unseen: (reason, spent) => this.#note(reason, member, spent),
      asset: (kind, name, detail) => this.#asset(kind, name, detail),
      member: (path, inner, raw) => {
        this.#budget.member(depth + 1);
        const shown = show(path, 300);
        const full = member === undefined ? shown : `${member}!/${shown}`;
        const id =
          raw === undefined
            ? this.look(path, inner, full, depth + 1)
            : this.#lookAtRaw(path, inner, full, depth + 1, raw);
        if (this.members.length < MOST_MEMBERS) {
          // A long stream's size is known only to who reads it to its end.
          this.members.push({ path: full, format: id, size: inner instanceof StreamSource ? inner.seen : inner.size });
        }
        return id;
      },
      as: (inner, of, offset = 0) => this.#run(inner, name, of, member, depth, base + offset),
    };
    try {
      return format.scan(source, look) ?? format.id;
    } catch (thrown) {
      const malformed = `${format.id}.malformed`;
      if (thrown instanceof Malformed && this.#scanner.rules.has(malformed)) {
        look.report(malformed, {
          message: `not a well-formed ${format.id} file: ${thrown.message}`,
          // What is beyond the end is missed at the end.
          offset: Math.min(thrown.offset, source instanceof StreamSource ? source.seen : source.size),
        });
      } else {
        this.#noteThrown(thrown, member, `${format.id}: `);
      }
      return format.id;
    }
  }

  #report(id: string, found: Reported, member: string | undefined, base: number): void {
    const rule = this.#scanner.rules.get(id);
    if (rule === undefined) throw new AncileError('internal', `no scan rule ${id}`);
    this.#budget.owe(REPORT_STEPS);
    const { message, severity = rule.severity, capability, offset, line, evidence } = found;
    // By severity: what is worse must not hide behind many that are less.
    const key = `${id}\0${severity}\0${member ?? ''}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count > MOST_OF_A_RULE) return;
    this.#keep({
      rule: id,
      severity,
      message: show(withoutSecrets(message), 400),
      ...(capability === undefined ? {} : { capability }),
      ...(member === undefined ? {} : { member }),
      ...(offset === undefined ? {} : { offset: base + offset }),
      ...(line === undefined ? {} : { line }),
      ...(evidence === undefined ? {} : { evidence: show(withoutSecrets(evidence.slice(0, 1000)), 200) }),
      techniques: rule.techniques,
    });
  }

  /** Keeps a finding; where there are enough, only one that is worse than another, in the place of that one. */
  #keep(finding: ScanFinding): void {
    if (this.findings.length < MOST_FINDINGS) {
      this.findings.push(finding);
      return;
    }
    const { severity } = finding;
    // The least of those kept only rises: most are turned away without a search.
    if (this.#least !== undefined && isAtLeast(this.#least, severity)) return;
    const lesser = this.findings.findLastIndex((kept) => !isAtLeast(kept.severity, severity));
    if (lesser === -1) this.#least = severity;
    else this.findings.splice(lesser, 1, finding);
  }

  #asset(kind: AiAsset['kind'], name: string, detail: string | undefined): void {
    if (name === '' || this.assets.size >= MOST_ASSETS) return;
    const shown = show(name, 200);
    const key = `${kind}\0${shown}`;
    if (this.assets.has(key)) return;
    this.assets.set(key, { kind, name: shown, ...(detail === undefined ? {} : { detail: show(detail, 200) }) });
  }

  #noteFault(source: Source, member: string | undefined): void {
    if (!(source instanceof StreamSource) || source.fault === undefined) return;
    if (source.fault instanceof BeyondBudget) this.#noteThrown(source.fault, member);
    else this.#note('the compressed data is broken', member);
  }

  #noteThrown(thrown: unknown, member: string | undefined, where = ''): void {
    this.#note(where + toReason(thrown), member, thrown instanceof BeyondBudget);
  }

  #note(reason: string, member: string | undefined, spent = false): void {
    if (this.unseen.length >= MOST_UNSEEN) return;
    const shown = show(reason, 300);
    if (this.unseen.some((each) => each.reason === shown && each.member === member)) return;
    const note = { reason: shown, ...(member === undefined ? {} : { member }) };
    this.unseen.push(note);
    if (spent) this.spent.push(note);
  }
}

/** Why something was not analysed, for a reader. A fault of ours is named as one, without its message. */
function toReason(thrown: unknown): string {
  if (thrown instanceof BeyondBudget) return thrown.message;
  if (thrown instanceof Malformed) return `broken at byte ${thrown.offset}: ${thrown.message}`;
  if (thrown instanceof Unseekable) return 'a compressed part is too long to be looked at out of order';
  return `the scanner failed here (${toAncileError(thrown).code})`;
}

/**
 * Examines one source.
 * @param path - as reports name it; only its base name is used, and as a hint only
 * @returns everything of the report but the digest
 */
export function examine(
  scanner: Scanner,
  path: string,
  source: Source,
  { isRoot = false }: ExamineOptions = {},
): Omit<FileReport, 'sha256'> {
  const { size } = source;
  const examination = new Examination(scanner, new Budget((scanner.bounds ?? boundsFor)(size)), isRoot);
  const format = examination.look(path, source, undefined, 0);
  const { findings, unseen, members } = examination;
  const assets = [...examination.assets.values()];
  return { path, format, verdict: toVerdict(findings, unseen), size, findings, unseen, members, assets };
}

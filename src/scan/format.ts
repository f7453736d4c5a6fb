// What a format is to the scanner: how its content is known, and how it is looked at.
import type { AiAsset, ScanCapability, Severity } from '../contract/index.ts';
import type { Budget } from './budget.ts';
import type { Source } from './source.ts';

/**
 * How sure the content is of this format. `sure`: its magic number, or a structure that nothing else has. `likely`: text or a
 * structure without magic that parses so far. `tail`: it ends so, whatever it begins with. All formats that are sure or a
 * tail look at a file (it may be several at once); of those that are likely, the first, and only when none is sure.
 * `inside`: a file of this format lies somewhere within, perhaps as a part of another; only what is dangerous in it counts.
 */
export type Match = 'sure' | 'likely' | 'tail' | 'inside' | false;

export interface Probe {
  /** The first 4096 bytes. */
  readonly head: Uint8Array;
  /**
   * The head as Latin-1, for text formats: without a byte-order mark, UTF-16 as if it were written plainly, and long white
   * space shortened.
   */
  readonly text: string;
  /** Base name, lower case. A hint only: attackers choose names. */
  readonly name: string;
  /** `.pkl`, with the dot, lower case; empty where there is none. */
  readonly extension: string;
  /** For formats that are known by their end or by places within. */
  readonly source: Source;
}

export interface Format {
  /** What reports call it: `pickle`, `pytorch`, `gguf`. */
  readonly id: string;
  /** Whether a file of another format may be part of it by design: a program that unpacks itself, a model with its labels. */
  readonly carries?: boolean;
  match(probe: Probe): Match;
  /**
   * Looks at the content and reports. What it throws ends this format's look at this source only: `Malformed` becomes a finding
   * `<id>.malformed` where that rule exists, everything else a part that was not analysed.
   * @returns a closer name (`pytorch` for a zip that holds one), or nothing
   */
  scan(source: Source, look: Look): string | void;
}

export interface Reported {
  /** One sentence: what is there, what it would do. Text of the file needs no escaping here. */
  readonly message: string;
  /** Overrides the rule's. */
  readonly severity?: Severity;
  readonly capability?: ScanCapability;
  /** Byte offset within the source. */
  readonly offset?: number;
  readonly line?: number;
  /** A piece of the file; shortened to 200 characters. Never a secret. */
  readonly evidence?: string;
}

/** What a format reports to, and what it may spend. */
export interface Look {
  /** Base name of the file or member, lower case. */
  readonly name: string;
  readonly budget: Budget;
  /** It is unpacked as the root of a file system of its own, as layers of container images are: links lead nowhere else. */
  readonly isRoot: boolean;
  /** @param rule - an id of `content/scan/rules` */
  report(rule: string, found: Reported): void;
  /**
   * Says that a part was not looked at, and why.
   * @param spent - because the budget was: told of raw data as well
   */
  unseen(reason: string, spent?: boolean): void;
  /**
   * Notes a part of an AI system for the inventory; the same twice is noted once.
   * @param name - as the file names it; never a secret
   */
  asset(kind: AiAsset['kind'], name: string, detail?: string): void;
  /**
   * Looks at a member of a container as at a file of its own.
   * @param path - as the container names it
   * @param raw - what it is called when it is raw data, such as numbers of a tensor: then it may be anything, and only what is
   *   dangerous in another format counts
   * @returns the format that it turned out to be
   */
  member(path: string, source: Source, raw?: string): string;
  /** Looks at a source as one given format: a pickle that lies within another format. Findings keep this member's path. */
  as(format: Format, source: Source, offset?: number): string;
}

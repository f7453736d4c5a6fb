// What is known of where values came from in one conversation: the user's words, the results of tools by the trust of their fields,
// and whether anything untrusted or private has come in. It only grows; whoever resends a history adds what is new.
import { TrustedValues } from './trusted-values.ts';
import { Laundering, marksOf } from './laundering.ts';
import { plainWords } from './authority.ts';
import { normalise, toNumber } from './normal.ts';
import { type Leaf, type Query, type ToolResult, readResult } from './results.ts';
import { Secrets, bare } from './secrets.ts';
import { type Choices, chooseRecord } from './selection.ts';
import type { ResultFacts, ToolBook } from './tool-book.ts';
import type { Superlative, Vocabulary } from './vocabulary.ts';
import { Words } from './words.ts';
import { scalarsOf } from './scalars.ts';

/** Results whose records are remembered; older ones ground no id any more. */
const MOST_RESULTS = 500;
/** What a character of a text, and a value of a result, take in all that is kept of them, bytes. */
const TEXT_BYTES = 6;
const LEAF_BYTES = 300;
/** Shorter values stand in others by accident. */
const ECHO_LEAST = 4;

export interface NotedCall {
  readonly tool: string;
  readonly arguments: unknown;
}

export class Conversation {
  readonly book: ToolBook;
  readonly vocabulary: Vocabulary;
  /** What the user wrote. */
  readonly prompt = new Words();
  /** What the operator wrote. */
  readonly system = new Words();
  readonly trusted = new TrustedValues();
  readonly identifiers = new TrustedValues();
  readonly #results: ToolResult[] = [];
  readonly #laundering = new Laundering();
  /** What all conversations of the principal have seen. */
  readonly #shared: Laundering | undefined;
  readonly #userTexts: string[] = [];
  /** What must not leave, whichever conversation of the principal has read it. */
  readonly secrets: Secrets;
  #bareTexts: readonly string[] | undefined;
  #superlatives: readonly Superlative[] | undefined;
  /** How records answer to the user's words, until he says more. */
  #choices: Choices = new WeakMap();
  #count = 0;
  #noted = 0;
  #untrusted = false;
  #private = false;
  readonly #refused = new Set<string>();

  constructor(book: ToolBook, vocabulary: Vocabulary, shared?: Laundering, secrets = new Secrets()) {
    this.#shared = shared;
    this.secrets = secrets;
    this.book = book;
    this.vocabulary = vocabulary;
  }

  /** What it takes in memory, about: bytes. */
  get bytes(): number {
    return this.#noted + this.#laundering.bytes;
  }

  /** Untrusted content has come in. */
  get untrusted(): boolean {
    return this.#untrusted;
  }

  get private(): boolean {
    return this.#private;
  }

  /** A call was held or blocked, and nobody has approved it: whoever steered the agent to it steers what follows. */
  get refused(): boolean {
    return this.#refused.size > 0;
  }

  /** @param call - says which call it was: an id, or a digest */
  noteRefused(call: string): void {
    this.#refused.add(call);
  }

  noteApproved(call: string): void {
    this.#refused.delete(call);
  }

  /** What the user said, without quotations. */
  get userTexts(): readonly string[] {
    return this.#userTexts;
  }

  /** What the user wrote, by its letters and digits. */
  get bareTexts(): readonly string[] {
    return (this.#bareTexts ??= this.prompt.texts.map(bare));
  }

  noteSystem(text: string): void {
    this.#noteOwn(text, this.system);
  }

  noteUser(text: string): void {
    // He has been told of what was stopped, and goes on.
    this.#refused.clear();
    for (const own of this.#noteOwn(text, this.prompt)) this.#userTexts.push(plainWords(own));
    this.#superlatives = undefined;
    this.#bareTexts = undefined;
    this.#choices = new WeakMap();
  }

  /** Something came in that nobody vouches for, and that cannot be read. */
  taint(): void {
    this.#untrusted = true;
  }

  /** Text whose origin nobody vouches for: a history that was rewritten, a document. */
  noteUntrusted(text: string): void {
    if (text.trim() === '') return;
    this.taint();
    const marks = marksOf(text);
    this.#laundering.note(marks);
    this.#shared?.note(marks);
  }

  /** Own words ground; what they repeat of untrusted text does not. */
  #noteOwn(text: string, into: Words): string[] {
    this.#noted += text.length * TEXT_BYTES;
    let own = this.#laundering.ownParts(text);
    // What another conversation has seen comes back by its words; an address alone may well be the user's.
    const isRetold = this.#shared?.overlaps(text) === true;
    if (isRetold) own = own.flatMap((part) => this.#shared!.ownParts(part));
    if (isRetold || own.length !== 1 || own[0] !== text) this.taint();
    const isForeign = (address: string): boolean =>
      this.#laundering.hasAddress(address) || (isRetold && this.#shared!.hasAddress(address));
    for (const part of own) into.add(part, isForeign);
    return own;
  }

  /**
   * Notes what a call that was made returned. A text that is JSON should come parsed.
   * @param more - what is known of it besides its tool's labels
   */
  noteResult(call: NotedCall, value: unknown, more: ResultFacts = {}): void {
    const { tool } = call;
    const index = this.#count++;
    const source = `result ${index + 1} of ${tool}`;
    const echoes = this.#echoOf(call);
    if (this.book.isPrivate(tool) || more.labels?.private === true) this.#private = true;
    const result = readResult(
      this.book,
      tool,
      value,
      { index, query: this.#queryOf(call), made: this.book.factsOf(tool).effect === 'write' },
      (leaf, secret) => {
        this.#noted += LEAF_BYTES + leaf.raw.length * TEXT_BYTES;
        if (leaf.trust === 'T' && !echoes(leaf)) this.trusted.add(leaf, source);
        else {
          if (leaf.trust === 'M') this.identifiers.add(leaf, source);
          if (leaf.isName) this.taint();
          else this.noteUntrusted(leaf.raw);
        }
        if (secret) this.secrets.add(leaf.raw, `${source} ${leaf.path.join('.')}`);
      },
      more,
    );
    if (result.isBeyond) this.taint();
    this.#results.push(result);
    if (this.#results.length > MOST_RESULTS) this.#results.shift();
  }

  /** A result that nobody saw come from its tool: whatever its labels say, it is untrusted. */
  noteUnseenResult(tool: string, text: string): void {
    this.#count++;
    if (this.book.isPrivate(tool)) this.#private = true;
    // Also where there is no text in it: an image speaks as well.
    this.taint();
    this.noteUntrusted(text);
  }

  /** How the user chose the record that an id stands for. */
  choose(id: string | number): ReturnType<typeof chooseRecord> {
    this.#superlatives ??= this.vocabulary.superlatives.filter(({ words }) =>
      this.#userTexts.some((text) => text.search(words) >= 0),
    );
    return chooseRecord(this.#results, id, this.prompt, this.#superlatives, this.#choices);
  }

  /** Whether a leaf repeats what the call itself said without a source: a tool that says it again vouches for nothing. */
  #echoOf({ arguments: args }: NotedCall): (leaf: Leaf) => boolean {
    const said = scalarsOf(args)
      .map(({ value }) => normalise(String(value)))
      .filter(
        (value) => value.length >= ECHO_LEAST && !this.prompt.has(value) && this.trusted.sourceOf(value) === undefined,
      );
    return ({ value }) => said.some((each) => String(value).includes(each));
  }

  /** What a call asked for, where all of it was in the user's words and it asked for something. */
  #queryOf({ arguments: args }: NotedCall): Query | undefined {
    const values = scalarsOf(args).filter(({ value }) => value !== '' && typeof value !== 'boolean');
    const isHis = (value: string | number): boolean =>
      this.#isWord(value) || this.#isDay(String(value)) || this.choose(value).choice !== undefined;
    if (values.length === 0 || !values.every(({ value }) => isHis(value as string | number))) return undefined;
    const words = new Words();
    for (const { value } of values) words.add(String(value));
    return { values: new Set(values.map(({ value }) => normalise(String(value)))), words };
  }

  /** A number that the user wrote says nothing of a query: `limit: 1` is in many a prompt. */
  #isWord(value: string | number): boolean {
    return toNumber(String(value)) === undefined ? this.prompt.has(value) : this.prompt.hasId(value);
  }

  #isDay(text: string): boolean {
    const match = /^\d{4}-(\d{1,2})-(\d{1,2})$/.exec(text);
    return match !== null && this.prompt.days.has(`${Number(match[1])}-${Number(match[2])}`);
  }
}

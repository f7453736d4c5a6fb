// Reads a streamed Gemini answer chunk by chunk, and makes chunks in the same likeness.
import { isObject } from '../../base/index.ts';
import type { Uninspected } from '../../contract/index.ts';
import type { Json } from '../checks.ts';
import { createHeldLogprobs, type HeldLogprobs } from '../openai/held-logprobs.ts';
import { OUTPUT, type Shape } from '../shape.ts';
import { encodeSse, type SseEvent } from '../sse.ts';
import { MAX_CALLS, MAX_KEYS, checkIndex, malformedStream, parseEventData } from '../stream-limits.ts';
import { createSeenStrings, listWhole } from '../stream-strings.ts';
import type { Release, StreamPiece, StreamReader, TextDelta, ToolCall } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { CANDIDATE_REST, CHUNK_REST, ENVELOPE } from './answer-shape.ts';
import { listLoose, toLooseSkeleton } from './loose.ts';
import { isTextPart, keepCopies, toEntries, toLogprobsResult } from './copies.ts';
import { MAX_CANDIDATES } from './request.ts';
import { readUsage } from './response.ts';
import { BESIDE_MEMBERS, DATA_MEMBERS, FUNCTION_CALL, PART } from './shape.ts';

/** Released text of a candidate that copies of it may repeat, in code units; copies of what lies beyond are dropped. */
const MAX_RELEASED = 1_000_000;

/** Members of a part that are read as they come; strings of all others may grow. */
const PART_MEMBERS = new Set(['text', ...DATA_MEMBERS, ...BESIDE_MEMBERS]);
const CANDIDATE_MEMBERS = new Set(['index', ...Object.keys(CANDIDATE_REST.fields!)]);
/** Members of a candidate that hold finished things, without a shape of their own. */
for (const name of ['citationMetadata', 'finishMessage']) CANDIDATE_MEMBERS.add(name);
/** Members of a candidate that say nothing by themselves: a chunk of held text need not go out for them. */
const QUIET = new Set(['content', 'index', 'safetyRatings', 'tokenCount', 'avgLogprobs']);

/** Where unknown members were found, and the candidate that has nothing but them. */
const PLACES = {
  candidate: (rest: Json): Json => rest,
  content: (rest: Json): Json => ({ content: { role: 'model', ...rest } }),
  part: (rest: Json): Json => ({ content: { role: 'model', parts: [rest] } }),
} as const;
type Place = keyof typeof PLACES;
const CONTENT_REST = CANDIDATE_REST.fields!['content']!;

interface ChunkPiece extends StreamPiece {
  /** The chunk to pass on; undefined where nothing of it is. */
  readonly body: Json | undefined;
  /** Whether the chunk says something besides text that may be held. */
  readonly always: boolean;
}

/** A run of pieces that clients join to one text: spoken or thought, up to the next part of another kind. */
interface Run {
  readonly key: string;
  readonly thought: boolean;
}

/** A growing text by its key: the candidate that holds nothing but more of it. */
type Growth = (text: string) => Json;

interface CandidateState {
  run: Run | undefined;
  runs: number;
  calls: number;
  finished: boolean;
  released: string;
  /** Keys of growing texts in members that are not known here. */
  readonly loose: Set<string>;
  readonly logprobs: Map<string, HeldLogprobs>;
}

/** What one chunk was found to hold. */
interface Collected {
  readonly texts: TextDelta[];
  readonly ends: string[];
  readonly toolCalls: ToolCall[];
  readonly finishReasons: string[];
  readonly uninspected: Set<Uninspected>;
  always: boolean;
}

const indexOf = (key: string): number => Number(key.split('/')[2]);

class GenerateStreamReader implements StreamReader {
  private readonly candidates = new Map<number, CandidateState>();
  private readonly growths = new Map<string, Growth>();
  private readonly seen = createSeenStrings();
  /** The parts that calls of the chunk at hand stand in. */
  private readonly calls = new Map<string, Json>();
  private envelope: Json = {};

  read(event: SseEvent): ChunkPiece {
    const body = parseEventData(event.data);
    this.calls.clear();
    const into = collect();
    const candidates = body['candidates'] ?? [];
    if (!Array.isArray(candidates)) throw malformedStream('candidates of a chunk is not an array');
    into.always = candidates.length === 0 || Object.hasOwn(body, 'usageMetadata');
    const indexes = new Set<number>();
    for (const candidate of candidates as unknown[]) {
      if (!isObject(candidate)) throw malformedStream('a candidate of a chunk is not an object');
      const index = checkIndex(candidate['index'] ?? 0, 'the index of a candidate', MAX_CANDIDATES - 1);
      if (indexes.has(index)) throw malformedStream('a chunk names one candidate twice');
      indexes.add(index);
      this.readCandidate(index, candidate, into);
    }
    listWhole(body, '', CHUNK_REST, this.seen, into.texts, into.uninspected);
    this.remember(body);
    const usage = readUsage(body);
    const failed = body['error'] !== undefined && body['error'] !== null;
    return {
      ...toPiece(body, into),
      ...(usage !== undefined && { usage }),
      ...(failed && { terminal: 'error' as const, always: true }),
    };
  }

  end(): ChunkPiece {
    const into = collect();
    for (const state of this.candidates.values()) this.closeAll(state, into);
    return toPiece(undefined, into);
  }

  makeTextEvent(key: string, text: string, release?: Release): string {
    const growth = this.growths.get(key);
    if (growth === undefined) throw malformedStream('no text of the stream has this key');
    const index = indexOf(key);
    const candidate: Json = { ...growth(text), index };
    const state = this.candidates.get(index)!;
    noteReleased(state, text);
    if (release !== undefined) this.attachTo(candidate, key, release);
    return encodeSse({ data: JSON.stringify({ candidates: [candidate], ...this.envelope }) });
  }

  /** A call stands whole in its chunk, and stays there: it goes out with the chunk or not at all. */
  renderToolCall(): string {
    return '';
  }

  /** The note takes the call's place in its chunk. */
  dropToolCall({ key, body }: ToolCall, note: string): string {
    const part = this.calls.get(key);
    if (part === undefined || part['functionCall'] !== body)
      throw malformedStream('no call of the stream has this key');
    // Whatever lies beside the call (a signature of it) goes with it.
    for (const name of Object.keys(part)) delete part[name];
    part['text'] = note;
    const state = this.candidates.get(indexOf(key));
    if (state !== undefined) noteReleased(state, note);
    return '';
  }

  attach(piece: StreamPiece, key: string, release: Release): void {
    const candidates = (piece as ChunkPiece).body?.['candidates'] as Json[] | undefined;
    const candidate = candidates?.find((each) => (each['index'] ?? 0) === indexOf(key));
    if (candidate !== undefined) this.attachTo(candidate, key, release);
  }

  encode(piece: StreamPiece): string {
    const { body, always } = piece as ChunkPiece;
    if (body === undefined) return '';
    const candidates = (body['candidates'] ?? []) as Json[];
    for (const candidate of candidates) {
      const state = this.candidates.get((candidate['index'] as number | undefined) ?? 0);
      keepCopies(candidate, state?.released ?? '');
    }
    const silent = candidates.every((each) => !Object.hasOwn(each, 'logprobsResult') && textsOf(each).every(isEmpty));
    return silent && !always ? '' : encodeSse({ data: JSON.stringify(body) });
  }

  private readCandidate(index: number, candidate: Json, into: Collected): void {
    const state = this.stateOf(index);
    const entries = toEntries(candidate['logprobsResult']);
    delete candidate['logprobsResult'];
    const content = candidate['content'];
    if (content !== undefined && !isObject(content)) throw malformedStream('the content of a chunk is not an object');
    const parts = content?.['parts'] ?? [];
    if (!Array.isArray(parts) || !(parts as unknown[]).every(isObject)) {
      throw malformedStream('the parts of a chunk are not an array of parts');
    }
    const spoken: [key: string, text: string][] = [];
    (parts as Json[]).forEach((part, position) => {
      const base = `/candidates/${index}/content/parts/${position}`;
      if (!isTextPart(part)) this.readData(index, state, part, base, into);
      else {
        const run = this.readText(index, state, part, base, into);
        if (run !== undefined && !run.thought) spoken.push([run.key, part.text]);
      }
    });
    holdLogprobs(state, spoken, entries);
    const unknown = Object.keys(candidate).filter((name) => !CANDIDATE_MEMBERS.has(name));
    const inContent = Object.keys(content ?? {}).filter((name) => !Object.hasOwn(CONTENT_REST.fields!, name));
    this.readLoose(index, state, candidate, unknown, 'candidate', into);
    if (content !== undefined) this.readLoose(index, state, content, inContent, 'content', into);
    const shape = except(CANDIDATE_REST, unknown, { content: except(CONTENT_REST, inContent) });
    listWhole(candidate, `/candidates/${index}`, shape, this.seen, into.texts, into.uninspected);
    const reason = candidate['finishReason'];
    if (typeof reason === 'string' && reason !== 'FINISH_REASON_UNSPECIFIED' && !state.finished) {
      state.finished = true;
      into.finishReasons.push(reason);
      this.closeAll(state, into);
    }
    if (Object.keys(candidate).some((name) => !QUIET.has(name))) into.always = true;
  }

  /** Notes a piece of a text; the run that it belongs to, undefined for an empty piece. */
  private readText(
    index: number,
    state: CandidateState,
    part: Json & { text: string },
    base: string,
    into: Collected,
  ): Run | undefined {
    const thought = part['thought'] === true;
    if (state.run !== undefined && state.run.thought !== thought) this.closeRun(state, into);
    let run: Run | undefined;
    if (part.text !== '') {
      if (state.finished) throw malformedStream('the stream goes on with a candidate that it had finished');
      run = state.run ??= this.openRun(index, state, thought);
      const put = (text: string): void => {
        part.text = text;
        noteReleased(state, text);
      };
      into.texts.push({ key: run.key, kind: 'text', text: part.text, put });
    }
    this.readBeside(index, state, part, base, ['text'], into);
    if (Object.hasOwn(part, 'thoughtSignature')) {
      into.always = true;
      this.closeRun(state, into);
    }
    return run;
  }

  /** A part that is no piece of a text: complete in itself, and the end of the text before it. */
  private readData(index: number, state: CandidateState, part: Json, base: string, into: Collected): void {
    if (state.finished) throw malformedStream('the stream goes on with a candidate that it had finished');
    if (part['text'] !== undefined && typeof part['text'] !== 'string') {
      throw malformedStream('the text of a part is not a string');
    }
    this.closeRun(state, into);
    into.always = true;
    if (Object.hasOwn(part, 'text')) throw malformedStream('a part of the stream is of two kinds');
    const call = part['functionCall'];
    if (call === undefined) return this.readBeside(index, state, part, base, [], into);
    if (!isObject(call)) throw malformedStream('a function call of the stream is not an object');
    // Arguments piece by piece come only where they are asked for, and they are never asked for.
    if (Object.hasOwn(call, 'partialArgs') || call['willContinue'] === true) {
      throw malformedStream('a function call of the stream is not whole');
    }
    if (++state.calls > MAX_CALLS) throw malformedStream('the stream has too many tool calls');
    const { segments } = readByShape(call, FUNCTION_CALL, OUTPUT);
    const key = `/candidates/${index}/calls/${state.calls - 1}`;
    this.calls.set(key, part);
    into.toolCalls.push({ key, segments, body: call });
    this.readBeside(index, state, part, base, ['functionCall'], into);
  }

  /** The rest of a part, once these members are read. */
  private readBeside(
    index: number,
    state: CandidateState,
    part: Json,
    base: string,
    read: readonly string[],
    into: Collected,
  ): void {
    if (Object.keys(part).length === read.length) return;
    const unknown = Object.keys(part).filter((name) => !PART_MEMBERS.has(name));
    this.readLoose(index, state, part, unknown, 'part', into);
    listWhole(part, base, except(PART.pick!(part), [...read, ...unknown]), this.seen, into.texts, into.uninspected);
    if (unknown.length > 0) into.uninspected.add('unknown');
  }

  private readLoose(
    index: number,
    state: CandidateState,
    node: Json,
    names: readonly string[],
    place: Place,
    into: Collected,
  ): void {
    if (names.length === 0) return;
    into.always = true;
    const base = `/candidates/${index}/${place}`;
    const toCandidate = PLACES[place];
    into.texts.push(
      ...listLoose(node, names, base, this.seen, (path) => {
        if (state.finished) throw malformedStream('the stream goes on with a candidate that it had finished');
        const key = base + path;
        this.noteGrowth(key, (text) => toCandidate(toLooseSkeleton(path, text)));
        state.loose.add(key);
        return key;
      }),
    );
  }

  private noteGrowth(key: string, growth: Growth): void {
    if (this.growths.has(key)) return;
    if (this.growths.size >= MAX_KEYS) throw malformedStream('the stream has too many different texts');
    this.growths.set(key, growth);
  }

  private openRun(index: number, state: CandidateState, thought: boolean): Run {
    const key = `/candidates/${index}/runs/${state.runs++}/${thought ? 'thought' : 'text'}`;
    this.noteGrowth(key, (text) => ({
      content: { role: 'model', parts: [thought ? { text, thought: true } : { text }] },
    }));
    return { key, thought };
  }

  private closeRun(state: CandidateState, into: Collected): void {
    if (state.run !== undefined) into.ends.push(state.run.key);
    state.run = undefined;
  }

  private closeAll(state: CandidateState, into: Collected): void {
    this.closeRun(state, into);
    into.ends.push(...state.loose);
    state.loose.clear();
  }

  private stateOf(index: number): CandidateState {
    let state = this.candidates.get(index);
    if (state === undefined) {
      state = {
        run: undefined,
        runs: 0,
        calls: 0,
        finished: false,
        released: '',
        loose: new Set(),
        logprobs: new Map(),
      };
      this.candidates.set(index, state);
    }
    return state;
  }

  private attachTo(candidate: Json, key: string, release: Release): void {
    const entries = this.candidates.get(indexOf(key))?.logprobs.get(key)?.take(release) ?? [];
    if (entries.length > 0) candidate['logprobsResult'] = toLogprobsResult(entries);
  }

  /** Keeps the fields that every chunk carries, for the chunks made here; only harmless values of them. */
  private remember(chunk: Json): void {
    for (const [name, shape] of Object.entries(ENVELOPE)) {
      const value = chunk[name];
      if (typeof value === 'string' && shape.known?.(value) === true) this.envelope[name] = value;
    }
  }
}

function collect(): Collected {
  return { texts: [], ends: [], toolCalls: [], finishReasons: [], uninspected: new Set(), always: false };
}

function toPiece(body: Json | undefined, into: Collected): ChunkPiece {
  const { uninspected, ...rest } = into;
  return { ...rest, body, uninspected: [...uninspected] };
}

function noteReleased(state: CandidateState, text: string): void {
  if (state.released.length + text.length <= MAX_RELEASED) state.released += text;
}

/** The log probabilities of a chunk belong to the text beside them, where that is of one run. */
function holdLogprobs(state: CandidateState, spoken: [key: string, text: string][], entries: unknown): void {
  const keys = new Set(spoken.map(([key]) => key));
  for (const key of keys) {
    let held = state.logprobs.get(key);
    if (held === undefined) state.logprobs.set(key, (held = createHeldLogprobs()));
    const text = spoken.map(([of, piece]) => (of === key ? piece : '')).join('');
    held.add(text, keys.size === 1 ? entries : undefined);
  }
}

function textsOf(candidate: Json): unknown[] {
  const content = candidate['content'];
  return isObject(content) && Array.isArray(content['parts']) ? (content['parts'] as Json[]).map((p) => p['text']) : [];
}

/** The shape, but for members that are read by other means. */
function except(shape: Shape, names: readonly string[], changed: Readonly<Record<string, Shape>> = {}): Shape {
  if (names.length === 0 && Object.keys(changed).length === 0) return shape;
  const skipped = Object.fromEntries(names.map((name) => [name, { skip: true }]));
  return { ...shape, fields: { ...shape.fields, ...changed, ...skipped } };
}

const isEmpty = (text: unknown): boolean => text === '';

/** A reader of one streamed answer. Usage is part of the dialect, so there is none to hide. */
export function openGenerateStream(): StreamReader {
  return new GenerateStreamReader();
}

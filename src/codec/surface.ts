// What the gateway needs of a wire dialect, so that it is written once for OpenAI's and Anthropic's.
import type { ErrorCode } from '../base/index.ts';
import type { Capability, Segment, Surface } from '../contract/index.ts';
import type { Replacement } from './pointer.ts';
import type { SseEvent } from './sse.ts';
import type { ToolWire } from './tool-wire.ts';
import type { Reading } from './walk.ts';

/** A request as the guard and the router see it. `segments` holds every text of the body. */
export interface RequestView extends Reading {
  readonly model: string;
  readonly stream: boolean;
  /** Answers asked for; each counts against a budget. */
  readonly n: number;
  readonly maxOutputTokens?: number;
  /** Whether the caller of a stream wants usage figures himself. */
  readonly includeUsage: boolean;
  readonly capabilities: readonly Capability[];
  readonly systemPrompts: readonly string[];
  /**
   * What makes a run of requests one conversation: system prompts and first user text, as one string. Raw text:
   * digest it with a key before it is stored anywhere.
   */
  readonly conversationKey: string;
  /** JSON Schema that the answer shall conform to. */
  readonly responseSchema?: unknown;
}

export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A whole answer. */
export interface ResponseView extends Reading {
  /** Absent where the upstream did not say. */
  readonly usage?: TokenUsage;
  /** Why each choice ended, as the upstream words it. */
  readonly finishReasons: readonly string[];
}

/** A stretch of a text in UTF-16 code units, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A changed text. `spans` says which stretches of the original were changed; absent: all of it. */
export interface Edit extends Replacement {
  readonly spans?: readonly Span[];
}

/**
 * How the text of a stream may go on. `text`: a piece of a text that grows event by event under one key; hold back
 * what later text may change. `whole`: complete in itself (a title, a citation, an error's message, a structural
 * string seen for the first time): judge it alone and at once, it cannot be held.
 */
export type TextKind = 'text' | 'whole';

/** One string of an event. */
export interface TextDelta {
  /** The same for all pieces of one text, and different for different texts, within a stream. */
  readonly key: string;
  readonly kind: TextKind;
  readonly text: string;
  /** Puts what may be released in the string's place within the event. */
  put(text: string): void;
}

/** A tool call, assembled from all its events. None of it has been passed on. */
export interface ToolCall {
  readonly key: string;
  /** Names, ids and decoded arguments: what to judge. Paths lead into `body`. */
  readonly segments: readonly Segment[];
  /** The call as it would stand in a whole answer; change it with the surface's `redact`. */
  readonly body: unknown;
}

/** What one event of a stream holds. Its tool calls and log probabilities have been taken out of it. */
export interface StreamPiece extends Pick<Reading, 'uninspected'> {
  readonly texts: readonly TextDelta[];
  /** Keys whose text is complete: what is held of them must go out before this event does. */
  readonly ends: readonly string[];
  /** Calls that are complete: they must go out before this event does. */
  readonly toolCalls: readonly ToolCall[];
  readonly finishReasons: readonly string[];
  /** Absent where this event said nothing new. Each report replaces the one before. */
  readonly usage?: TokenUsage;
  /** The stream's own end (`[DONE]`, `message_stop`), or an error that the upstream reports within the stream. */
  readonly terminal?: 'done' | 'error';
}

/**
 * Reads one stream, and makes the events that take the place of what it held. A caller does, for each event:
 *
 * 1. `piece = reader.read(event)`.
 * 2. Each `piece.texts`: give `text` to the gate of its key, `put` back what the gate releases.
 * 3. Each `piece.ends`: ask the gate for the rest. If the key is also among `texts`, append it to what was put;
 *    else send `reader.makeTextEvent(key, rest)`. For OpenAI that is a chunk of the same id and model whose one
 *    choice has one delta; for Anthropic a `content_block_delta` of the block. Both lie before the event that
 *    ends the text (the chunk with `finish_reason`, `content_block_stop`).
 * 4. Each `piece.toolCalls`: judge its segments, change `body` if need be, send `reader.renderToolCall(call)`.
 * 5. Send `reader.encode(piece)`, which is '' when nothing is left of the event.
 *
 * `passEvent` does all this over a `StreamGate`.
 */
export interface StreamReader {
  /** @throws AncileError `upstream_malformed` for an event that is not of the dialect or past a bound. */
  read(event: SseEvent): StreamPiece;
  /** The connection ended without the stream's own end: what is held of texts; unfinished tool calls are dropped. */
  end(): StreamPiece;
  /** An event that carries more text of a key. `release` places the log probabilities that belong to it. */
  makeTextEvent(key: string, text: string, release?: Release): string;
  /** The events of a tool call whole. */
  renderToolCall(call: ToolCall): string;
  /**
   * The events of a text in place of a tool call, so that the agent can go on. Where it was the only one, the stream ends as one
   * without calls does. Absent: the dialect's stream cannot be mended, and is cut.
   */
  dropToolCall?(call: ToolCall, note: string): string;
  encode(piece: StreamPiece): string;
  /** Attaches to a piece (before `encode`) the log probabilities that belong to a release of its key. */
  attach(piece: StreamPiece, key: string, release: Release): void;
}

/** What a gate lets go. */
export interface Release {
  readonly text: string;
  /**
   * How much of the key's original text this and earlier releases cover, in UTF-16 code units from its start.
   * Absent: not known, and the key's log probabilities are dropped.
   */
  readonly upTo?: number;
  /** Stretches of the original text that were changed; their log probabilities are dropped. */
  readonly redacted?: readonly Span[];
  /** Nothing may follow this release: the stream is blocked here. */
  readonly cut?: boolean;
}

/** The judge of a stream: see `passEvent`. */
export interface StreamGate {
  push(delta: TextDelta): Release;
  /** The rest of a text that is complete. */
  end(key: string): Release;
  whole(delta: TextDelta): Release;
  /**
   * May change `call.body` through the surface's `redact`; `cut` in the answer keeps the call back and blocks, `note` is the text
   * that takes its place.
   */
  toolCall(call: ToolCall): { readonly cut?: boolean; readonly note?: string };
}

/** An error as a client may see it: every AncileError can be passed as one. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly at?: string | undefined;
  readonly hint?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whose dialect a surface belongs to: which upstreams can be asked in it. */
export type Dialect = 'openai' | 'anthropic' | 'gemini';

/** What the request's own address says, where a dialect says it there (Gemini's model, method and `alt`). */
export interface RequestAddress {
  readonly model?: string;
  readonly method?: string;
  /** The form of the answer that the query asks for (Gemini's `alt=sse`). */
  readonly alt?: string;
}

/** A body on the wire. */
export interface WireBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** The bounds that a body is read within. */
export interface BodyBounds {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

/** One operation of a wire dialect. Stateless, but for the readers it opens. */
export interface LlmSurface {
  readonly id: Exclude<Surface, 'openai.models' | 'mcp' | 'library'>;
  readonly dialect: Dialect;
  /** Path below the upstream's base address (which ends in the version), for the upstream's name of the model. */
  upstreamPath(model: string, stream: boolean): string;
  /**
   * Reads a request body that is not JSON (multipart). Absent: JSON, within the bounds.
   * @throws AncileError `request_invalid`, `body_too_large`
   */
  parseBody?(bytes: Buffer, contentType: string | undefined, bounds: BodyBounds): unknown;
  /** Writes a request body that is not JSON. Absent: JSON. */
  encodeBody?(body: unknown): WireBody;
  /** @throws AncileError `request_invalid` naming the place, such as `messages[3].role`. */
  readRequest(body: unknown, address?: RequestAddress): RequestView;
  /** Names the upstream's model and, on a stream, asks for usage figures. Changes `body`. May be called again. */
  prepareUpstream(body: unknown, model: string): void;
  /**
   * Reads an answer that is not JSON (audio, plain text, subtitles). Absent: every answer is JSON.
   * @returns undefined where the answer of this content type is JSON after all
   */
  parseAnswer?(bytes: Buffer, contentType: string): unknown;
  /** Writes an answer that `parseAnswer` read; undefined for one that it did not. */
  encodeAnswer?(body: unknown): WireBody | undefined;
  /**
   * Reads a whole answer. Log probabilities that do not spell the text they stand beside are removed from `body`.
   * @throws AncileError `upstream_malformed`.
   */
  readResponse(body: unknown): ResponseView;
  /** Puts changed texts back, in either direction, and drops log probabilities of what was changed. Changes `body`. */
  redact(body: unknown, edits: readonly Edit[]): unknown;
  /**
   * Absent: answers of this surface never stream.
   * @param options.hideUsage - usage was asked for by us only, and the event that carries it is not passed on
   */
  openStream?(options: { readonly hideUsage: boolean }): StreamReader;
  /** Absent: the dialect has no tool calls. */
  readonly tools?: ToolWire;
  /**
   * The request once more, with the answer that policy was not content with and what was wrong with it, for one bounded
   * re-ask. Absent: never asked again. Does not change its arguments.
   */
  reask?(body: unknown, answer: unknown, complaint: string): unknown;
  /** An error answer in the dialect's shape. A fault of our own (`internal`) says nothing of its cause. */
  renderError(report: ErrorReport): HttpAnswer;
  /** The same as the last event of a stream; the dialect's official client throws on it. */
  renderStreamError(report: ErrorReport): string;
  /** The list of models in the dialect's shape; one surface of each dialect has it. */
  renderModels?(models: readonly string[]): unknown;
}

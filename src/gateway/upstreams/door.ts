// One upstream ready to be asked: what it speaks, how a request to it is worded and how its answer is framed.
import type { Dialect, LlmSurface, SseEvent } from '../../codec/index.ts';
import type { Upstream } from '../../contract/index.ts';
import type { Outlet, OutletRequest } from '../../net/index.ts';

/** A judged request, before it is put in the upstream's own words. */
export interface Ask {
  readonly surface: LlmSurface;
  /** As judged; `prepare` may change it (`surface.prepareUpstream`), and may be called again with it. */
  readonly body: unknown;
  /** The upstream's name for the model. */
  readonly model: string;
  readonly stream: boolean;
  /** Headers of the caller that may be sent on (dialect versions). */
  readonly headers: Readonly<Record<string, string>>;
}

/** Cuts the bytes of a streamed answer into events. */
export interface StreamFraming {
  /** @throws AncileError `upstream_malformed` */
  push(chunk: Buffer): SseEvent[];
  /** @throws AncileError `upstream_malformed` where it ended amid an event */
  end(): void;
}

export interface UpstreamDoor {
  readonly name: string;
  readonly kind: Upstream['kind'];
  readonly outlet: Outlet;
  /** Requests under way at once; undefined: no bound of its own. */
  readonly concurrency: number | undefined;
  /** Our keys to it: in an answer they are a leak. */
  readonly keys: readonly string[];
  /** Strings that must not appear in an error that a client or a record gets: the keys, the address. */
  readonly confidential: readonly string[];
  /** Whether it can be asked by a surface. A reason, as a sentence for the caller, where it cannot. */
  refuses(surface: LlmSurface): string | undefined;
  /** Dialects it speaks, for hints. */
  readonly dialects: readonly Dialect[];
  /**
   * The request in its own words, with our credentials. Asynchronous only where a token must be fetched first.
   * @throws AncileError `upstream_*` where no token is to be had
   */
  prepare(ask: Ask): OutletRequest | Promise<OutletRequest>;
  /** Whether an answer of this content type is a stream. */
  streams(contentType: string): boolean;
  openFraming(): StreamFraming;
  /** Lists its models, where it has a list; asks `GET`. */
  listModels(): Promise<readonly string[]>;
}

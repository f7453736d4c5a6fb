// What makes one kind of upstream differ from another: which surfaces it has, and how a request to it is worded.
import type { Clock } from '../../../base/index.ts';
import type { Dialect, LlmSurface } from '../../../codec/index.ts';
import type { Upstream } from '../../../contract/index.ts';
import type { OutletOptions, OutletRequest } from '../../../net/index.ts';
import type { Ask, StreamFraming } from '../door.ts';

export type SurfaceId = LlmSurface['id'];
type KindName = Upstream['kind'];
export type UpstreamOf<K extends KindName> = Extract<Upstream, { kind: K }>;

/** The secrets that an upstream's configuration names, as they were read. */
export interface DoorSecrets {
  readonly apiKey?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** Text of the service account's key file. */
  readonly serviceAccount?: string;
}

export interface KindOptions<U> {
  readonly upstream: U;
  readonly secrets: DoorSecrets;
  /** The configuration field of the upstream, for errors: `upstreams.main`. */
  readonly at: string;
  readonly timeouts: Omit<OutletOptions, 'baseUrl'>;
  readonly clock: Clock;
}

/** The list of models of an upstream that has one. */
export interface ModelList {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The names in the list's body; nothing for a body of another shape. */
  read(body: unknown): readonly string[];
}

export interface Kind {
  readonly dialects: readonly Dialect[];
  readonly surfaces: ReadonlySet<SurfaceId>;
  /** Paths are below it. */
  readonly baseUrl: string;
  /** Our keys, as they are now. */
  readonly keys: readonly string[];
  /** What else must not appear in an error. */
  readonly confidential: readonly string[];
  prepare(ask: Ask): OutletRequest | Promise<OutletRequest>;
  /** Absent: Server-Sent Events. */
  readonly framing?: { readonly contentType: RegExp; open(): StreamFraming };
  /** Absent: it has no list of what can be asked for. */
  readonly list?: ModelList;
  close?(): Promise<void>;
}

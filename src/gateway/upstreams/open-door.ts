// An upstream of the configuration, ready to be asked: its kind's words on a door to its address.
import { type Clock, systemClock } from '../../base/index.ts';
import { type LlmSurface, createSseParser, parseJson } from '../../codec/index.ts';
import type { Upstream } from '../../contract/index.ts';
import { type OutletOptions, createOutlet } from '../../net/index.ts';
import type { StreamFraming, UpstreamDoor } from './door.ts';
import { type DoorSecrets, type Kind, openKind, openPractice } from './kinds/index.ts';

export type { DoorSecrets };

export interface DoorOptions {
  readonly name: string;
  readonly upstream: Upstream;
  /** Read before: nothing is opened while one is missing. */
  readonly secrets: DoorSecrets;
  readonly timeouts: Omit<OutletOptions, 'baseUrl'>;
  /** The practice model's address up to `/v1`, for an upstream of its kind. */
  readonly practiceUrl?: string;
  readonly clock?: Clock;
}

/** A door, and what shuts it. */
export interface OpenDoor extends UpstreamDoor {
  close(): Promise<void>;
}

const MAX_LIST_BYTES = 4_000_000;
const EVENT_STREAM = /^text\/event-stream\b/i;

function openSseFraming(): StreamFraming {
  const parser = createSseParser();
  return { push: (chunk) => parser.push(chunk), end: () => parser.end() };
}

/** Why a surface cannot be asked for, to a caller who may know neither the upstream's name nor its kind. */
function refusal(kind: Kind, surface: LlmSurface): string | undefined {
  if (kind.surfaces.has(surface.id)) return undefined;
  const offered = [...kind.surfaces].join(', ');
  return kind.dialects.includes(surface.dialect)
    ? `The model's upstream does not serve ${surface.id}; it can be asked by ${offered}.`
    : `The model's upstream does not speak this dialect; it can be asked by ${offered}.`;
}

function open({ upstream, secrets, timeouts, name, practiceUrl, clock = systemClock }: DoorOptions): Kind {
  if (upstream.kind !== 'practice') return openKind({ upstream, secrets, at: `upstreams.${name}`, timeouts, clock });
  if (practiceUrl === undefined) throw new TypeError('the practice model has no address');
  return openPractice(practiceUrl);
}

/**
 * Opens no connection: those come with the first request.
 * @throws AncileError `config_invalid` naming the field, where the secrets do not make what the kind wants
 */
export function openDoor(options: DoorOptions): OpenDoor {
  const { name, upstream, timeouts } = options;
  const kind = open(options);
  const outlet = createOutlet({ ...timeouts, baseUrl: kind.baseUrl });
  const { origin, host, hostname } = new URL(kind.baseUrl);
  const { list, framing } = kind;
  return {
    name,
    kind: upstream.kind,
    outlet,
    concurrency: upstream.kind === 'practice' ? undefined : upstream.concurrency,
    get keys() {
      return kind.keys;
    },
    get confidential() {
      return [...kind.keys, ...kind.confidential, origin, host, hostname];
    },
    dialects: kind.dialects,
    refuses: (surface) => refusal(kind, surface),
    prepare: (ask) => kind.prepare(ask),
    streams: (contentType) => (framing?.contentType ?? EVENT_STREAM).test(contentType),
    openFraming: () => framing?.open() ?? openSseFraming(),
    async listModels() {
      if (list === undefined) return [];
      const headers = { ...list.headers, accept: 'application/json', 'accept-encoding': 'identity' };
      const { status, body } = await outlet.collect({ method: 'GET', path: list.path, headers }, MAX_LIST_BYTES);
      if (status !== 200) return [];
      const what = "the upstream's list of models";
      return list.read(parseJson(body, { maxBytes: MAX_LIST_BYTES, what, code: 'upstream_malformed' }));
    },
    async close() {
      await Promise.all([outlet.close(), kind.close?.()]);
    },
  };
}

// The upstreams of the configuration, ready to be asked. Addresses and keys come from here alone.
import { type LoadedConfig, readSecret } from '../config/index.ts';
import type { SecretRef, Config } from '../contract/index.ts';
import {
  type DoorSecrets,
  type OpenDoor,
  type PracticeModel,
  type UpstreamDoor,
  openDoor,
  startPracticeModel,
} from '../gateway/index.ts';
import { readHeaderSecrets } from './header-secret.ts';

type Upstream = Config['upstreams'][string];

export interface Upstreams {
  readonly doors: ReadonlyMap<string, UpstreamDoor>;
  close(): Promise<void>;
}

/** The fields of an upstream that name a secret for headers; that of a service account is always a file. */
const SECRET_FIELDS = ['apiKey', 'accessKeyId', 'secretAccessKey', 'sessionToken'] as const;

/** @throws AncileError `config_invalid` naming the field, never the secret */
function readSecrets(upstream: Upstream, at: string, dir: string): DoorSecrets {
  const refs = upstream as Partial<Record<(typeof SECRET_FIELDS)[number] | 'serviceAccount', SecretRef>>;
  const { serviceAccount } = refs;
  return {
    ...readHeaderSecrets(refs, SECRET_FIELDS, at, dir, 'key'),
    ...(serviceAccount && { serviceAccount: readSecret(serviceAccount, `${at}.serviceAccount`, dir) }),
  };
}

/**
 * Opens a door to each upstream. All secrets are read, and seen to be what the kind wants, before anything runs.
 * @throws AncileError `config_invalid`
 */
export async function openUpstreams(loaded: LoadedConfig): Promise<Upstreams> {
  const { limits, upstreams } = loaded.config;
  const timeouts = {
    connections: limits.connections,
    connectTimeout: limits.upstreamConnectTimeout,
    headersTimeout: limits.upstreamHeadersTimeout,
    idleTimeout: limits.upstreamIdleTimeout,
  };
  const entries = Object.entries(upstreams).map(([name, upstream]) => ({
    name,
    upstream,
    secrets: readSecrets(upstream, `upstreams.${name}`, loaded.dir),
  }));
  // The practice model is the one thing that runs: it starts when all else is known to be right.
  const opened = new Map<string, OpenDoor>();
  try {
    for (const entry of entries) {
      if (entry.upstream.kind !== 'practice') opened.set(entry.name, openDoor({ ...entry, timeouts }));
    }
  } catch (thrown) {
    await Promise.all([...opened.values()].map((door) => door.close()));
    throw thrown;
  }
  let practice: PracticeModel | undefined;
  if (opened.size < entries.length) practice = await startPracticeModel({ port: 0, host: '127.0.0.1' });
  const doors = new Map<string, OpenDoor>();
  for (const entry of entries) {
    const practiceUrl = practice?.url;
    const door = opened.get(entry.name);
    doors.set(entry.name, door ?? openDoor({ ...entry, timeouts, ...(practiceUrl !== undefined && { practiceUrl }) }));
  }
  return {
    doors,
    async close() {
      await Promise.all([...doors.values()].map((door) => door.close()));
      await practice?.close();
    },
  };
}

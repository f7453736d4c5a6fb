// The upstreams of the configuration, ready to be asked. Addresses and keys come from here alone.
import type { LoadedConfig } from '../config/index.ts';
import { readSecret } from '../config/index.ts';
import { type PracticeModel, type UpstreamDoor, startPracticeModel } from '../gateway/index.ts';
import { createOutlet } from '../net/index.ts';

/** Sent where the caller names no version of his own. */
const ANTHROPIC_VERSION = '2023-06-01';

export interface Upstreams {
  readonly doors: ReadonlyMap<string, UpstreamDoor>;
  close(): Promise<void>;
}

export async function openUpstreams(loaded: LoadedConfig): Promise<Upstreams> {
  const { limits, upstreams } = loaded.config;
  const doors = new Map<string, UpstreamDoor>();
  let practice: PracticeModel | undefined;
  // All secrets before anything is opened: one that is missing must leave nothing running.
  const secrets = new Map<string, string>();
  for (const [name, upstream] of Object.entries(upstreams)) {
    if (upstream.kind === 'practice' || upstream.apiKey === undefined) continue;
    secrets.set(name, readSecret(upstream.apiKey, `upstreams.${name}.apiKey`, loaded.dir));
  }
  for (const [name, upstream] of Object.entries(upstreams)) {
    let baseUrl: string;
    let credentials: Record<string, string> = {};
    const keys: string[] = [];
    if (upstream.kind === 'practice') {
      practice ??= await startPracticeModel({ port: 0, host: '127.0.0.1' });
      baseUrl = practice.url;
    } else {
      baseUrl = upstream.baseUrl;
      const key = secrets.get(name);
      if (key !== undefined) {
        credentials = upstream.kind === 'anthropic' ? { 'x-api-key': key } : { authorization: `Bearer ${key}` };
        keys.push(key);
      }
    }
    if (upstream.kind !== 'openai') credentials['anthropic-version'] = ANTHROPIC_VERSION;
    const { origin, host } = new URL(baseUrl);
    const outlet = createOutlet({
      baseUrl,
      connections: limits.connections,
      connectTimeout: limits.upstreamConnectTimeout,
      headersTimeout: limits.upstreamHeadersTimeout,
      idleTimeout: limits.upstreamIdleTimeout,
    });
    doors.set(name, { name, kind: upstream.kind, outlet, credentials, keys, confidential: [...keys, origin, host] });
  }
  return {
    doors,
    async close() {
      await Promise.all([...doors.values()].map((door) => door.outlet.close()));
      await practice?.close();
    },
  };
}

// The hosts that the user's or the system's own words name: links to them carry nothing to a stranger.
import type { Segment } from '../contract/index.ts';

const MAX_HOST = 253;
const MAX_HOSTS = 10_000;

/** Lower-case host names (anything with an inner dot) in the texts of the channels user and system. */
export function knownHosts(segments: readonly Segment[]): Set<string> {
  const hosts = new Set<string>();
  for (const { channel, text } of segments) {
    if (channel !== 'user' && channel !== 'system') continue;
    for (const word of text.toLowerCase().split(/[^a-z0-9.-]+/)) {
      const name = word.replace(/^[.-]{1,3}|[.-]{1,3}$/g, '');
      if (name.length > MAX_HOST || !name.includes('.')) continue;
      if (hosts.size >= MAX_HOSTS) return hosts;
      hosts.add(name);
    }
  }
  return hosts;
}

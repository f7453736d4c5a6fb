// The kinds of upstreams: one table from a kind's name to how it is asked.
import type { Upstream } from '../../../contract/index.ts';
import { openAzure } from './azure.ts';
import { openBedrock } from './bedrock.ts';
import type { Kind, KindOptions } from './kind.ts';
import { openPlain, openPractice } from './plain.ts';
import { openVertex } from './vertex.ts';

export type { DoorSecrets, Kind, KindOptions, SurfaceId } from './kind.ts';
export { openPractice };

/**
 * An upstream of the configuration, as its kind is asked.
 * @throws AncileError `config_invalid` where its secrets do not make what its kind wants
 */
export function openKind(options: KindOptions<Exclude<Upstream, { kind: 'practice' }>>): Kind {
  const { upstream } = options;
  switch (upstream.kind) {
    case 'azure':
      return openAzure({ ...options, upstream });
    case 'bedrock':
      return openBedrock({ ...options, upstream });
    case 'vertex':
      return openVertex({ ...options, upstream });
    default:
      return openPlain({ ...options, upstream });
  }
}

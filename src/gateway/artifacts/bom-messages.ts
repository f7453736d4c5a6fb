// What the gateway and the process that makes bills of materials say to each other.
import type { KnownBeside } from '../../attest/index.ts';
import type { BomChange, BomFacts } from '../../contract/index.ts';

/** A model in a folder, and what is known beside its files. */
export interface LaidOut {
  readonly folder: string;
  readonly beside: KnownBeside;
}

export type BomFormat = 'cyclonedx' | 'spdx';

export type BomAsk =
  | { readonly kind: 'facts'; readonly model: LaidOut }
  | {
      readonly kind: 'document';
      readonly model: LaidOut;
      readonly format: BomFormat;
      readonly toolVersion: string;
      /** ISO 8601 in UTC. */
      readonly timestamp: string;
    }
  | { readonly kind: 'compare'; readonly before: LaidOut; readonly after: LaidOut };

export type BomTold =
  | { readonly kind: 'facts'; readonly facts: BomFacts }
  | { readonly kind: 'document'; readonly document: Record<string, unknown> }
  | { readonly kind: 'compare'; readonly changes: BomChange[]; readonly left: number }
  | { readonly kind: 'failed' };

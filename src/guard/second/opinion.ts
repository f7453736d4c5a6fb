// What a second opinion is: slower and better informed than the detectors, asked of single texts, never silent.
import type { Channel, SecondKind } from '../../contract/index.ts';

/** `score`: how likely the text attacks the model, 0..1. */
export type OpinionAnswer =
  | { readonly status: 'ruled'; readonly score: number }
  | { readonly status: 'skipped'; readonly detail: string }
  | { readonly status: 'failed'; readonly detail: string };

export interface Opinion {
  readonly kind: SecondKind;
  /** Changes whenever the answers may: part of the cache's key. */
  readonly version: string;
  /** Whether what it is shown stays in this process or its children: nothing need be redacted then. */
  readonly local: boolean;
  /**
   * Judges one text. What it throws counts as failed.
   * @param signal - nobody waits for the answer any more
   */
  ask(text: string, channel: Channel, signal: AbortSignal): Promise<OpinionAnswer>;
  /** Lets go of what was opened for it. */
  close(): Promise<void>;
}

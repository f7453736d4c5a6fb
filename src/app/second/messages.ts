// What the gateway and the process of its classifier say to each other.
import type { ErrorCode } from '../../base/index.ts';

export interface ClassifierSettings {
  /** Absolute path of the folder of the model. */
  readonly folder: string;
  /** Labels that mean an attack; absent: those whose names say so. */
  readonly labels?: readonly string[] | undefined;
  /** Longest window. */
  readonly maxTokens: number;
  /** Cores that the runtime may take. */
  readonly threads: number;
}

export type ToChild =
  | { readonly kind: 'open'; readonly settings: ClassifierSettings }
  | { readonly kind: 'classify'; readonly text: string };

export type FromChild =
  | { readonly kind: 'ready'; readonly version: string }
  | {
      readonly kind: 'fault';
      readonly code: ErrorCode;
      readonly message: string;
      readonly at: string | undefined;
      readonly hint: string | undefined;
    }
  /** Null where the text has too many tokens. */
  | { readonly kind: 'score'; readonly score: number | null }
  | { readonly kind: 'failed' };

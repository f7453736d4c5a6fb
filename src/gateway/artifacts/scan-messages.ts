// What the gateway and its scanner's process say to each other.
import type { FileReport, ScanFinding } from '../../contract/index.ts';

export interface RepositoryPart {
  readonly path: string;
  readonly size: number;
  /** Where its content lies, where it was fetched. */
  readonly content?: string;
}

export type ScanAsk =
  | { readonly kind: 'file'; readonly content: string; readonly path: string; readonly isRoot: boolean }
  | { readonly kind: 'repository'; readonly files: readonly RepositoryPart[] };

export type ScanTold =
  | { readonly kind: 'file'; readonly report: FileReport }
  | { readonly kind: 'repository'; readonly found: readonly { readonly path: string; readonly finding: ScanFinding }[] }
  | { readonly kind: 'failed' };

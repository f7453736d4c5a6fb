// One request to the registry's front, with whom it is from and which repository it means.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessKey } from '../../../access/index.ts';
import type { FrontParts } from '../front.ts';
import type { OciSource } from './source.ts';

export interface OciCall {
  readonly parts: FrontParts;
  readonly source: OciSource;
  readonly key: AccessKey;
  readonly mayPull: boolean;
  readonly mayPush: boolean;
  /** As the client calls it; with several sources the source's name is its first part. */
  readonly name: string;
  /** As the source calls it. */
  readonly repo: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A header's own words that may be said of any answer with content. */
export const CONTENT_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; sandbox",
} as const;

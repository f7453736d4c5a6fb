// What a source says of a file without sending it: where it must be asked for that, as nothing lists it.
import { AncileError } from '../../base/index.ts';
import type { AnswerHeaders } from '../../net/index.ts';
import { modifiedOf } from './download.ts';
import { type Remote, type RemoteFetch, type RemoteRequest, header } from './remote.ts';

export interface FileFacts {
  readonly size: number;
  /** A strong one, with its quotes. */
  readonly etag?: string;
  /** ISO 8601. */
  readonly modified?: string;
}

const STRONG_TAG = /^"[\x21\x23-\x7e]{1,200}"$/;

/** The head of an answer; its body is not waited for. @throws AncileError `upstream_*` */
function askHead(remote: Remote, request: RemoteFetch): Promise<{ status: number; headers: AnswerHeaders }> {
  return new Promise((resolve, reject) => {
    const flight = remote.get(request, {
      head(status, headers) {
        resolve({ status, headers });
        // An answer to HEAD is over with its head, and its connection is good for the next one.
        if (request.method !== 'HEAD') flight.abort();
      },
      data: () => undefined,
      end: () => undefined,
      fail: reject,
    });
  });
}

function toFacts(headers: AnswerHeaders, length: string | undefined): FileFacts {
  if (length === undefined || !/^\d{1,15}$/.test(length)) {
    throw new AncileError('upstream_malformed', 'the source does not say how large the file is');
  }
  const etag = header(headers, 'etag');
  const modified = modifiedOf(headers);
  return {
    size: Number(length),
    ...(etag !== undefined && STRONG_TAG.test(etag) ? { etag } : {}),
    ...(modified === undefined ? {} : { modified }),
  };
}

/**
 * Asks for the head of a file or, where the source answers no HEAD, for its first byte.
 * @throws AncileError `not_found`, `upstream_*`
 */
export async function askFacts(remote: Remote, request: RemoteRequest): Promise<FileFacts> {
  const { status, headers } = await askHead(remote, { ...request, method: 'HEAD' });
  if (status === 200) return toFacts(headers, header(headers, 'content-length'));
  if (status === 405 || status === 501) {
    const first = await askHead(remote, { ...request, headers: { ...request.headers, range: 'bytes=0-0' } });
    const total = /^bytes 0-0\/(\d{1,15})$/.exec(header(first.headers, 'content-range') ?? '')?.[1];
    if (first.status === 206) return toFacts(first.headers, total);
    if (first.status === 200) return toFacts(first.headers, header(first.headers, 'content-length'));
  }
  if (status === 404 || status === 410) throw new AncileError('not_found', 'the source does not have this file');
  if (status === 401 || status === 403) {
    throw new AncileError('upstream_refused', 'the source does not give this file');
  }
  throw new AncileError('upstream_malformed', `the source answered ${status}`);
}

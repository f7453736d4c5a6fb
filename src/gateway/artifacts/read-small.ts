// A whole small file of a source, also where it sends on to another host for it.
import { AncileError } from '../../base/index.ts';
import type { Remote, RemoteRequest } from './remote.ts';

/** @throws AncileError `not_found`, `upstream_*` */
export function readSmall(remote: Pick<Remote, 'get'>, request: RemoteRequest, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (error: AncileError): void => {
      flight.abort();
      reject(error);
    };
    const flight = remote.get(request, {
      head(status) {
        if (status === 404) stop(new AncileError('not_found', 'the source does not have this file'));
        else if (status !== 200) stop(new AncileError('upstream_malformed', `the source answered ${status}`));
      },
      data(chunk) {
        size += chunk.length;
        if (size > maxBytes) stop(new AncileError('upstream_malformed', 'the source sent more than it may be'));
        else chunks.push(chunk);
      },
      end: () => resolve(Buffer.concat(chunks)),
      fail: reject,
    });
  });
}

// What is asked of a bucket: a page of its listing, and the bytes of an object.
import { Readable } from 'node:stream';
import { AncileError } from '../../../base/index.ts';
import type { Flight } from '../../../net/index.ts';
import type { Remote } from '../remote.ts';
import { encodePath } from '../source.ts';
import { type S3Page, type S3Query, parsePage, toListQuery } from './listing.ts';

const MOST_PAGE = 10_000_000;

function checkStatus(status: number): void {
  if (status === 200) return;
  if (status === 404) throw new AncileError('not_found', 'the source has no such bucket', { at: 'repository' });
  if (status === 401 || status === 403) {
    throw new AncileError('upstream_refused', 'the source does not let this bucket be listed');
  }
  if (status >= 300 && status < 400) {
    throw new AncileError('upstream_refused', 'the bucket is in another region', {
      hint: 'The operator sets the region and baseUrl of its configuration to those of the bucket.',
    });
  }
  throw new AncileError('upstream_malformed', `the source answered ${status}`);
}

/** @throws AncileError `not_found`, `upstream_*` */
export async function listBucket(remote: Pick<Remote, 'collect'>, bucket: string, query: S3Query): Promise<S3Page> {
  const { status, body } = await remote.collect({ path: `/${bucket}?${toListQuery(query)}` }, MOST_PAGE);
  checkStatus(status);
  return parsePage(body);
}

/** The bytes of an object, never more at hand than is read. It fails with an AncileError. */
export function readObject(remote: Pick<Remote, 'get'>, bucket: string, key: string): Readable {
  const under: { flight?: Pick<Flight, 'pause' | 'resume' | 'abort'> } = {};
  const bytes = new Readable({
    read: () => under.flight?.resume(),
    destroy(fault, done) {
      under.flight?.abort();
      done(fault);
    },
  });
  under.flight = remote.get(
    { path: `/${encodePath(`${bucket}/${key}`)}` },
    {
      head(status) {
        try {
          checkStatus(status);
        } catch (thrown) {
          bytes.destroy(thrown as AncileError);
        }
      },
      data(chunk) {
        if (!bytes.push(chunk)) under.flight?.pause();
      },
      end: () => void bytes.push(null),
      fail: (fault) => void bytes.destroy(fault),
    },
  );
  return bytes;
}

// What there is in a repository, as its source says: tags, and what refers to a manifest. Read and written anew.
import { z } from 'zod';
import { AncileError } from '../../../base/index.ts';
import { parseJson } from '../../../codec/index.ts';
import { header } from '../remote.ts';
import { type OciCall } from './call.ts';
import { VERSION_HEADER } from './errors.ts';
import { isDigest, isReference } from './names.ts';
import { checkAnswer, pullScope } from './source.ts';

const MOST_LIST = 4 << 20;
const MOST_PAGE = 10_000;

const Tags = z.looseObject({ tags: z.array(z.string()).nullish() });
const Descriptor = z.looseObject({
  mediaType: z.string(),
  digest: z.string().refine(isDigest),
  size: z.int().nonnegative(),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).nullish(),
});
const Index = z.looseObject({ manifests: z.array(Descriptor) });

async function ask<T>(
  { source, repo }: OciCall,
  path: string,
  query: URLSearchParams,
  schema: z.ZodType<T>,
  what: 'repository' | 'manifest',
): Promise<{ value: T; next: URLSearchParams | undefined; filters: string | undefined }> {
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  const { status, headers, body } = await source.remote.collect(
    { path: `/v2/${repo}/${path}${search}`, scope: pullScope(repo), headers: { accept: 'application/json' } },
    MOST_LIST,
  );
  checkAnswer(status, what, [200]);
  const value = parseJson(body, { maxBytes: MOST_LIST, what: 'the list', code: 'upstream_malformed' });
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new AncileError('upstream_malformed', 'the list is not in the form of a registry');
  const url = /<([^>]{1,4000})>;\s*rel="?next"?/.exec(header(headers, 'link') ?? '')?.[1];
  const next = url !== undefined && URL.canParse(url, 'http://registry') ? new URL(url, 'http://registry') : undefined;
  return { value: parsed.data, next: next?.searchParams, filters: header(headers, 'oci-filters-applied') };
}

function send({ request, response }: OciCall, value: unknown, headers: Readonly<Record<string, string>>): void {
  const body = JSON.stringify(value);
  response.writeHead(200, { ...VERSION_HEADER, ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(request.method === 'HEAD' ? undefined : body);
}

export async function answerTags(call: OciCall): Promise<void> {
  const wanted = new URLSearchParams();
  const count = call.query.get('n');
  if (count !== null && /^\d{1,5}$/.test(count)) wanted.set('n', String(Math.min(Number(count), MOST_PAGE)));
  const last = call.query.get('last');
  if (last !== null && isReference(last)) wanted.set('last', last);
  const { value, next } = await ask(call, 'tags/list', wanted, Tags, 'repository');
  const after = next?.get('last') ?? undefined;
  const link =
    after === undefined || !isReference(after)
      ? {}
      : {
          link: `</v2/${call.name}/tags/list?n=${wanted.get('n') ?? next!.get('n')?.replace(/\D/g, '') ?? '100'}&last=${after}>; rel="next"`,
        };
  const tags = (value.tags ?? []).filter(isReference);
  send(call, { name: call.name, tags }, { 'content-type': 'application/json; charset=utf-8', ...link });
}

/** A registry without this call answers 404: its clients then look for a tag that is called after the digest. */
export async function answerReferrers(call: OciCall, digest: string): Promise<void> {
  const wanted = new URLSearchParams();
  const type = call.query.get('artifactType');
  if (type !== null) wanted.set('artifactType', type.slice(0, 255));
  const { value, filters } = await ask(call, `referrers/${digest}`, wanted, Index, 'manifest');
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const manifests = value.manifests.map(({ mediaType, digest, size, artifactType, annotations }) => ({
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations ? { annotations } : {}),
  }));
  const headers = { 'content-type': mediaType, ...(filters === 'artifactType' && { 'oci-filters-applied': filters }) };
  send(call, { schemaVersion: 2, mediaType, manifests }, headers);
}

// The source of models of a drill: two harmless repositories, told in the form of a Hugging Face Hub.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Below this it answers. */
const HUB = '/hub';
/** What it is called in the configuration, and the repositories there. */
export const MODELS = 'shelf';
export const POISONED = 'drill/poisoned';
export const CLEAN = 'drill/clean';
export const SMALL = 'model.safetensors';
/** More than the buffers of a connection hold: a pull of it is under way until its client has read it. */
export const LARGE = 'large.safetensors';

/** A safetensors file of one tensor of zeros. */
function zeros(values: number): Buffer {
  const header = Buffer.from(JSON.stringify({ w: { dtype: 'F32', shape: [values], data_offsets: [0, values * 4] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(values * 4)]);
}

const digest = (algorithm: 'sha1' | 'sha256', data: Buffer | string): string =>
  createHash(algorithm).update(data).digest('hex');

/** The only version of a repository. */
export const commitOf = (repo: string): string => digest('sha1', repo);

function makeRepos(): Readonly<Record<string, Readonly<Record<string, Buffer>>>> {
  return {
    [POISONED]: { [SMALL]: zeros(256), [LARGE]: zeros(8_000_000) },
    // Another content: a version is told from the other by more than its name.
    [CLEAN]: { [SMALL]: zeros(255) },
  };
}

/** @returns what answers a request of a source whose `baseUrl` ends with `/hub`; false where it is for somebody else */
export function createPracticeHub(): (request: IncomingMessage, response: ServerResponse) => boolean {
  // Made when they are asked for: most drills pull nothing.
  let made: ReturnType<typeof makeRepos> | undefined;
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://hub');
    if (!pathname.startsWith(`${HUB}/`)) return false;
    const json = (value: unknown): void =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    const [, api, owner, name, what, , file = ''] = /^(\/api\/models)?\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(pathname.slice(HUB.length)) ?? []; // prettier-ignore
    const repo = `${owner}/${name}`;
    const files = (made ??= makeRepos())[repo];
    if (files !== undefined && api !== undefined && what === 'revision') json({ sha: commitOf(repo) });
    else if (files !== undefined && api !== undefined && what === 'tree') {
      const entries = Object.entries(files).map(([path, bytes]) => {
        const lfs = { oid: digest('sha256', bytes), size: bytes.length };
        return { type: 'file', path, size: bytes.length, lfs };
      });
      json(entries);
    } else if (files?.[file] !== undefined && what === 'resolve') response.writeHead(200).end(files[file]);
    else response.writeHead(404).end();
    return true;
  };
}

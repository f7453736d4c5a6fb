// What every front is given, and the table of fronts by the beginning of their addresses.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessKey, Affected } from '../../access/index.ts';
import { AncileError, toAncileError } from '../../base/index.ts';
import { drain, mayKeepConnection } from '../body.ts';
import type { Inflight } from '../inflight.ts';
import type { Refusals } from '../refusals.ts';
import type { Cache } from './cache.ts';
import type { Gate } from './gate.ts';
import { handleHttp, sendHttpError } from './http/front.ts';
import { handleHuggingFace, sendHubError } from './huggingface/front.ts';
import { sendOciError } from './oci/errors.ts';
import { handleOci } from './oci/front.ts';
import { handleS3, sendS3Error } from './s3/front.ts';
import { handleMlflow, sendMlflowError } from './mlflow/front.ts';
import { handleMlflowHook } from './mlflow/hook-front.ts';
import type { HookDesk } from './mlflow/hooks.ts';
import type { ArtifactSource } from './source.ts';
import type { Uploads } from './uploads.ts';

/** Pulls under way at once; more are turned away. */
const MOST_UNDER_WAY = 512;

export interface FrontParts {
  readonly gate: Gate;
  readonly cache: Pick<Cache, 'temporary' | 'quarantine' | 'find'>;
  readonly uploads: Uploads;
  /** Asked for each request: the configuration may change. */
  readonly sources: () => ReadonlyMap<string, ArtifactSource>;
  /** Who asks. @throws AncileError `unauthenticated` */
  readonly authenticate: (request: Pick<IncomingMessage, 'headers'>) => AccessKey;
  /** Asked before anything is fetched of a source. @throws AncileError `frozen` */
  readonly checkFrozen: (affected: Affected) => void;
  /** Whether a key still works: it may end while its client waits. */
  readonly isActive: (key: string) => boolean;
  /** Takes on what webhooks tell. */
  readonly hooks: HookDesk;
  readonly inflight: Inflight;
  readonly refusals: Refusals;
  /** A client that takes nothing for so long is gone, milliseconds. */
  readonly silence: number;
  /** Between signs of life to a client that waits, milliseconds; a test's own. */
  readonly stepMs?: number | undefined;
  /** For the operator. */
  readonly onFault: (fault: unknown) => void;
}

interface Front {
  readonly prefix: string;
  handle(parts: FrontParts, target: string, request: IncomingMessage, response: ServerResponse): Promise<void>;
  sendError(request: IncomingMessage, response: ServerResponse, error: AncileError): void;
}

const FRONTS: readonly Front[] = [
  { prefix: '/hf', handle: handleHuggingFace, sendError: sendHubError },
  { prefix: '/v2', handle: handleOci, sendError: sendOciError },
  { prefix: '/files', handle: handleHttp, sendError: sendHttpError },
  { prefix: '/s3', handle: handleS3, sendError: sendS3Error },
  { prefix: '/mlflow', handle: handleMlflow, sendError: sendMlflowError },
  { prefix: '/hooks/mlflow', handle: handleMlflowHook, sendError: sendMlflowError },
];

/** The registry's side of the gateway: answers a request whose address belongs to one of its fronts, or says that it does not. */
export type RegistryHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

export function createRegistryHandler(parts: FrontParts): RegistryHandler {
  let underWay = 0;
  return (request, response) => {
    const url = request.url ?? '/';
    const front = FRONTS.find(({ prefix }) => url.startsWith(`${prefix}/`));
    if (front === undefined || parts.sources().size === 0) return false;
    const run = async (): Promise<void> => {
      if (underWay >= MOST_UNDER_WAY) throw new AncileError('overloaded', 'too many pulls are under way');
      underWay++;
      try {
        await front.handle(parts, url.slice(front.prefix.length), request, response);
      } finally {
        underWay--;
      }
    };
    run().catch((thrown: unknown) => {
      let error = toAncileError(thrown);
      if (error.status >= 500) parts.onFault(thrown);
      // Its words are for the log.
      if (error.code === 'internal')
        error = new AncileError('internal', 'the gateway failed at this; its log says more');
      if (error.status === 401 || error.code === 'forbidden' || error.code === 'overloaded')
        parts.refusals.note(error.code);
      front.sendError(request, response, error);
      if (mayKeepConnection(request)) request.resume();
      else drain(request);
    });
    return true;
  };
}

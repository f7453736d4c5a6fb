// A file of a model to a client: what is asked for, the wait for the decision, the record, the bytes; and its end where the model
// or the key is withdrawn meanwhile.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessKey } from '../../access/index.ts';
import { AncileError, toAncileError } from '../../base/index.ts';
import type { ModelAsset, ModelFile } from '../../contract/index.ts';
import { boundSilence } from '../ending.ts';
import type { OpenBlob } from './cache.ts';
import type { FrontParts } from './front.ts';
import type { Passed, Refused } from './gate.ts';
import { type ByteRange, isKnown, parseRange } from './range.ts';
import { type Sent, sendBytes } from './send-bytes.ts';
import type { ArtifactSource } from './source.ts';
import { startTrickle } from './trickle.ts';

export interface Serving {
  readonly parts: Pick<FrontParts, 'gate' | 'inflight' | 'silence' | 'stepMs' | 'checkFrozen' | 'isActive'>;
  readonly source: ArtifactSource;
  readonly asset: ModelAsset;
  readonly file: ModelFile;
  readonly key: AccessKey;
  /** What the front says of every file. */
  readonly headers: Readonly<Record<string, string>>;
  /** Answers a refusal in the form of the front's clients. */
  readonly refuse: (refused: Refused) => void;
}

/** What is known of whether a client still waits for his file, and may have it. */
interface Visit {
  /** Why it was ended early. */
  cut?: string;
  /** Resolves when it is. */
  readonly ended: Promise<undefined>;
}

function headOf(
  { headers }: Serving,
  { start, end, partial }: ByteRange,
  size: number,
): [number, Record<string, string>] {
  const length = { 'content-length': String(end - start) };
  // @huggingface/hub asks an empty file for its first byte, and reads its size from here.
  if (size === 0) return [200, { ...headers, ...length, 'content-range': 'bytes */0' }];
  if (!partial) return [200, { ...headers, ...length }];
  return [206, { ...headers, ...length, 'content-range': `bytes ${start}-${end - 1}/${size}` }];
}

const WHY_CUT = { revoked: 'the key ended', frozen: 'it was frozen', stopping: 'the gateway stopped' } as const;

const toRefused = (message: string): Refused => ({ ok: false, code: 'blocked_by_policy', message, findings: [] });

async function send(
  serving: Serving,
  response: ServerResponse,
  visit: Visit,
  passed: Passed,
  blob: OpenBlob,
  range: ByteRange,
  sent: number,
): Promise<void> {
  const { asset, key } = serving;
  const { gate, silence } = serving.parts;
  const { start, end } = range;
  const begun = await gate.begin(asset, passed, key.principal, end - start);
  if ('ok' in begun) {
    await blob.handle.close();
    return response.headersSent ? void response.destroy() : serving.refuse(begun);
  }
  // While its record was being written.
  if (visit.cut !== undefined) {
    await blob.handle.close();
    return begun.cut(sent, visit.cut);
  }
  if (!response.headersSent) response.writeHead(...headOf(serving, range, passed.file.size));
  if (start + sent === end) {
    await blob.handle.close();
    response.end();
    return;
  }
  const progress: Sent = { bytes: 0 };
  const forget = gate.onWithdrawn(asset.id, () => {
    visit.cut ??= 'the model was withdrawn';
    response.destroy();
  });
  boundSilence(response, silence);
  try {
    await sendBytes(blob.handle, response, start + sent, end, progress);
  } catch {
    response.destroy();
    await begun.cut(sent + progress.bytes, visit.cut ?? 'the client went away');
  } finally {
    forget();
    await blob.handle.close();
  }
}

/**
 * Answers a GET or HEAD of a file.
 * @throws AncileError where nothing was answered yet
 */
export async function serveFile(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { asset, file, key, headers, refuse } = serving;
  const { gate, inflight, checkFrozen, isActive } = serving.parts;
  const { principal } = key;
  const affected = { principal: key.id, tenant: key.tenant, model: asset.id, upstream: asset.source };
  // Since it was let in: what came before may have taken a while.
  checkFrozen(affected);
  if (!isActive(key.id)) throw new AncileError('unauthenticated', 'the key is not valid');
  const known = gate.refusal(asset);
  if (known !== undefined) {
    if (request.method !== 'HEAD') await gate.recordRefusal(asset, file.path, principal, known);
    return refuse(known);
  }
  const etag = headers['etag'] ?? '';
  if (isKnown(request.headers, etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  if (request.method === 'HEAD') {
    response.writeHead(200, { ...headers, 'content-length': String(file.size) }).end();
    return;
  }
  const range = parseRange(request.headers, file.size, etag);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${file.size}`, 'content-length': '0' }).end();
    return;
  }
  let onEnded!: (nothing: undefined) => void;
  const visit: Visit = { ended: new Promise((resolve) => (onEnded = resolve)) };
  const leave = inflight.add(affected, (why) => {
    visit.cut ??= WHY_CUT[why];
    if (response.headersSent) response.destroy();
    else refuse(toRefused(visit.cut));
    onEnded(undefined);
  });
  try {
    await serveRange(serving, response, visit, range);
  } finally {
    leave();
  }
}

/** Waits for the decision, and gives what was asked for. */
async function serveRange(serving: Serving, response: ServerResponse, visit: Visit, range: ByteRange): Promise<void> {
  const { source, asset, file, key, refuse } = serving;
  const { gate, stepMs } = serving.parts;
  const { principal } = key;
  const trickle = startTrickle({
    response,
    start: range.start,
    length: range.end - range.start,
    arriving: () => gate.arriving(asset, file.path),
    writeHead: () => response.writeHead(...headOf(serving, range, file.size)),
    ...(stepMs === undefined ? {} : { stepMs }),
  });
  let result: Passed | Refused | undefined;
  try {
    // What is fetched comes in all the same, for whoever asks next.
    result = await Promise.race([gate.pass(source, asset, file.path, principal), visit.ended]);
  } catch (thrown) {
    await trickle.stop();
    await gate.recordFault(asset, file.path, principal, toAncileError(thrown).code);
    throw thrown;
  }
  const sent = await trickle.stop();
  if (visit.cut !== undefined || result === undefined) {
    // Its client was told.
    await gate.recordRefusal(asset, file.path, principal, toRefused(visit.cut ?? ''));
    return;
  }
  let blob: OpenBlob | undefined;
  if (result.ok) {
    const opened = await gate.open(result);
    if ('ok' in opened) result = opened;
    else blob = opened;
  }
  if (!result.ok) {
    await gate.recordRefusal(asset, file.path, principal, result);
    // Its headers are out: the client is cut off, and told when he tries again.
    return response.headersSent ? void response.destroy() : refuse(result);
  }
  await send(serving, response, visit, result, blob!, range, sent);
}

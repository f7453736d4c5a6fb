// A file of a model to a client: what is asked for, the wait for the decision, the record, the bytes; and its end where the model
// or the key is withdrawn meanwhile.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessKey } from '../../access/index.ts';
import { toAncileError } from '../../base/index.ts';
import type { ModelAsset, ModelFile } from '../../contract/index.ts';
import { boundSilence } from '../ending.ts';
import type { Inflight } from '../inflight.ts';
import type { OpenBlob } from './cache.ts';
import type { Gate, Passed, Refused } from './gate.ts';
import { type ByteRange, isKnown, parseRange } from './range.ts';
import { type Sent, sendBytes } from './send-bytes.ts';
import type { ArtifactSource } from './source.ts';
import { startTrickle } from './trickle.ts';

export interface Serving {
  readonly gate: Gate;
  readonly source: ArtifactSource;
  readonly asset: ModelAsset;
  readonly file: ModelFile;
  readonly key: AccessKey;
  readonly inflight: Inflight;
  /** A client that takes nothing for so long is gone, milliseconds. */
  readonly silence: number;
  /** What the front says of every file. */
  readonly headers: Readonly<Record<string, string>>;
  /** Answers a refusal in the form of the front's clients. */
  readonly refuse: (refused: Refused) => void;
  /** Seconds between signs of life; a test's own. */
  readonly stepMs?: number | undefined;
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

async function send(
  serving: Serving,
  response: ServerResponse,
  passed: Passed,
  blob: OpenBlob,
  range: ByteRange,
  sent: number,
): Promise<void> {
  const { gate, asset, key, inflight, silence } = serving;
  const { start, end } = range;
  const affected = { principal: key.id, tenant: key.tenant, model: asset.id, upstream: asset.source };
  const begun = await gate.begin(asset, passed, key.principal, end - start);
  if ('ok' in begun) {
    await blob.handle.close();
    return response.headersSent ? void response.destroy() : serving.refuse(begun);
  }
  if (!response.headersSent) response.writeHead(...headOf(serving, range, passed.file.size));
  if (start + sent === end) {
    await blob.handle.close();
    response.end();
    return;
  }
  const progress: Sent = { bytes: 0 };
  let reason = 'the client went away';
  const cut = (why: string): void => {
    reason = why;
    response.destroy();
  };
  const leave = inflight.add(affected, (why) => cut(WHY_CUT[why]));
  const forget = gate.onWithdrawn(asset.id, () => cut('the model was withdrawn'));
  boundSilence(response, silence);
  try {
    await sendBytes(blob.handle, response, start + sent, end, progress);
  } catch {
    response.destroy();
    await begun.cut(sent + progress.bytes, reason);
  } finally {
    forget();
    leave();
    await blob.handle.close();
  }
}

/**
 * Answers a GET or HEAD of a file.
 * @throws AncileError where nothing was answered yet
 */
export async function serveFile(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { gate, source, asset, file, key, headers, refuse, stepMs } = serving;
  const { principal } = key;
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
  const trickle = startTrickle({
    response,
    start: range.start,
    length: range.end - range.start,
    arriving: () => gate.arriving(asset, file.path),
    writeHead: () => response.writeHead(...headOf(serving, range, file.size)),
    ...(stepMs === undefined ? {} : { stepMs }),
  });
  let result: Passed | Refused;
  try {
    result = await gate.pass(source, asset, file.path, principal);
  } catch (thrown) {
    await trickle.stop();
    await gate.recordFault(asset, file.path, principal, toAncileError(thrown).code);
    throw thrown;
  }
  const sent = await trickle.stop();
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
  await send(serving, response, result, blob!, range, sent);
}

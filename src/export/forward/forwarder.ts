// Sends the records of this node to a central server: signed, in order, from wherever the centre says that it is. The ledger
// is the store of what waits; nothing is remembered here, so nothing can be lost here.
import { AncileError, type Clock, systemClock, toAncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import type { Keys } from '../../keys/index.ts';
import { type Frontier, type Ledger, batchDigest, leafOf, signForward } from '../../ledger/index.ts';
import { createOutlet } from '../../net/index.ts';
import { z } from 'zod';
import { createPause, pauseAfter } from '../backoff.ts';

/** Of one batch: records and bytes; one record that is larger goes alone. */
const BATCH_RECORDS = 500;
const BATCH_BYTES = 1_000_000;
/** A line that is larger is not sent, only its hash. */
const LINE_BYTES = 3_000_000;
const LOOK_MS = 100;
const TIMEOUT_MS = 30_000;
const ANSWER_BYTES = 64 * 1024;

export const FORWARD_PATH = '/forward/v1/records';
/** A line of a batch that is no record, only the hash of one. */
export const WITHHELD = '#';

const Answer = z.object({ next: z.int().nonnegative().nullable(), gone: z.boolean().optional() });

export interface ForwardSettings {
  readonly url: string;
  readonly ca?: string | undefined;
  readonly from: 'start' | 'now';
  /** Milliseconds. */
  readonly retryMost: number;
  readonly heartbeat: number;
}

export interface ForwarderOptions {
  readonly settings: ForwardSettings;
  readonly ledger: Pick<Ledger, 'size' | 'firstSeq' | 'lines' | 'frontierAt' | 'consistencyProof' | 'origin'>;
  readonly keys: Keys;
  /** That the centre does not take records, once until it does again. */
  readonly onFault: (fault: AncileError) => void;
  readonly clock?: Clock;
}

export interface Forwarder {
  /** Records that the centre has not, as far as is known; and what it said last where it refused. */
  state(): { readonly lag: number; readonly fault: string | undefined };
  /** Ends it, after giving what waits so long (milliseconds) to be sent. */
  close(drainMs?: number): Promise<void>;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What is known of the centre: how many records it has, and the tree of those. */
interface Place {
  readonly next: number;
  readonly frontier: Frontier;
}

export function startForwarder({ settings, ledger, keys, onFault, clock = systemClock }: ForwarderOptions): Forwarder {
  const outlet = createOutlet({
    baseUrl: settings.url.replace(/\/+$/, ''),
    connections: 1,
    connectTimeout: TIMEOUT_MS,
    headersTimeout: TIMEOUT_MS,
    idleTimeout: TIMEOUT_MS,
    ca: settings.ca,
  });
  const pause = createPause();
  let place: Place | undefined;
  let failed = 0;
  let fault: string | undefined;
  let spoke = 0;
  let stopped = false;
  let known = 0;

  const head = () => ({ origin: ledger.origin, time: new Date(clock()).toISOString(), total: ledger.size });

  async function post(body: Buffer): Promise<number | null> {
    const headers = { 'content-type': 'application/x-ndjson', 'user-agent': 'ancile', 'ancile-node': keys.keyId };
    const answer = await outlet.collect({ method: 'POST', path: FORWARD_PATH, headers, body }, ANSWER_BYTES);
    if (answer.status !== 200) {
      const after = Number(answer.headers['retry-after']);
      const said = answer.body.toString('utf8').slice(0, 300);
      throw Object.assign(new AncileError('upstream_refused', `the centre answered ${answer.status}: ${said}`), {
        after: Number.isFinite(after) ? Math.min(after, 300) * 1000 : 0,
      });
    }
    spoke = clock();
    return Answer.parse(parseJson(answer.body, { what: "the centre's answer" })).next;
  }

  /** Says how far this ledger is, and learns how far the centre is. */
  async function greet(): Promise<void> {
    const size = ledger.size;
    const frontier = ledger.frontierAt(size);
    const note = signForward(keys, { ...head(), from: size, size, root: hex(frontier.root()), batch: batchDigest([]) });
    const next = await post(Buffer.from(`${JSON.stringify(note)}\n`));
    const begin = settings.from === 'start' ? ledger.firstSeq : size;
    const at = next ?? begin;
    known = Math.min(at, ledger.size);
    // A centre that is further than this ledger has heard so, and waits for its word on that.
    place = at > ledger.size ? undefined : { next: at, frontier: ledger.frontierAt(Math.max(at, ledger.firstSeq)) };
  }

  async function* batchFrom(from: number): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const line of ledger.lines({ from, to: Math.min(from + BATCH_RECORDS, ledger.size) })) {
      if (bytes > 0 && bytes + line.length > BATCH_BYTES) return;
      bytes += line.length;
      yield line;
    }
  }

  async function send({ next, frontier: at }: Place): Promise<void> {
    const from = Math.max(next, ledger.firstSeq);
    const missing = from > next;
    const frontier = missing ? ledger.frontierAt(from) : at;
    const grown = frontier.copy();
    const parts: string[] = [];
    const leaves: Buffer[] = [];
    for await (const line of batchFrom(from)) {
      const leaf = leafOf(line);
      leaves.push(leaf);
      grown.append(leaf);
      parts.push(line.length > LINE_BYTES ? WITHHELD + hex(leaf) : line.toString('utf8'));
    }
    const note = signForward(keys, {
      ...head(),
      from,
      size: grown.size,
      root: hex(grown.root()),
      batch: batchDigest(leaves),
      frontier: frontier.roots().map(hex),
      ...(missing ? { after: { size: next, proof: proofOf(next, from) } } : {}),
    });
    const answered = await post(Buffer.from([JSON.stringify(note), ...parts, ''].join('\n')));
    known = answered ?? 0;
    // What it has is what it says: after its restart that can be less.
    place = answered === grown.size ? { next: answered, frontier: grown } : undefined;
  }

  /** Where pruning took what a proof needs there is none, and the centre says that the gap is not proved. */
  function proofOf(from: number, to: number): string[] {
    try {
      return ledger.consistencyProof(from, to).map(hex);
    } catch {
      return [];
    }
  }

  async function turn(): Promise<boolean> {
    if (place === undefined || clock() - spoke >= settings.heartbeat) await greet();
    if (place === undefined || place.next >= ledger.size) return false;
    await send(place);
    return true;
  }

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        const sent = await turn();
        failed = 0;
        fault = undefined;
        if (!sent) await pause.wait(place === undefined ? settings.heartbeat : LOOK_MS);
      } catch (thrown) {
        if (stopped) return;
        place = undefined;
        const found = toAncileError(thrown);
        if (failed++ === 0) onFault(found);
        fault = found.message;
        await pause.wait(pauseAfter(failed, settings.retryMost, (thrown as { after?: number }).after));
      }
    }
  }

  const running = run();
  return {
    state: () => ({ lag: Math.max(0, ledger.size - known), fault }),
    async close(drainMs = 0) {
      const end = performance.now() + drainMs;
      while (fault === undefined && known < ledger.size && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      stopped = true;
      pause.end();
      await outlet.close();
      await running;
    },
  };
}

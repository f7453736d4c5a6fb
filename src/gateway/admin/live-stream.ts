// The live feed to one watcher, as server-sent events (HTML living standard, 9.2), for as long as his session lasts.
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { AncileError } from '../../base/index.ts';
import type { LiveFeed } from './live-feed.ts';
import { API_HEADERS } from './security-headers.ts';

/** What a reader may leave unread before he is cut off, bytes. His browser connects again by itself. */
const MAX_BACKLOG = 1024 * 1024;
const MAX_STREAMS = 200;
const MAX_PER_SESSION = 8;
/** Something is said at least so often, so that what lies between keeps the connection. Milliseconds. */
const BEAT_MS = 15_000;

export interface LiveStreams {
  /**
   * Turns the reply into a stream.
   * @param session - id of the session it is for
   * @param until - when that ends at the latest, milliseconds since the epoch
   * @throws AncileError `overloaded` where there are too many
   */
  open(reply: FastifyReply, session: string, until: number): void;
  /** Cuts the streams of a session. */
  end(session: string): void;
  close(): void;
}

export function createLiveStreams(feed: LiveFeed): LiveStreams {
  const streams = new Map<ServerResponse, string>();

  function write(response: ServerResponse, text: string): void {
    if (response.destroyed || response.writableEnded) return;
    if (response.writableLength > MAX_BACKLOG) response.destroy();
    else response.write(text);
  }

  return {
    open(reply, session, until) {
      const own = [...streams.values()].filter((each) => each === session).length;
      if (streams.size >= MAX_STREAMS || own >= MAX_PER_SESSION) {
        throw new AncileError('overloaded', 'too many live views are open', { hint: 'Close one of them.' });
      }
      reply.hijack();
      const response = reply.raw;
      streams.set(response, session);
      response.writeHead(200, { ...API_HEADERS, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      response.write(': live\n\n');
      const unsubscribe = feed.subscribe((rows, left) => {
        const events = rows.map((row) => `id: ${row.seq}\ndata: ${JSON.stringify(row)}\n\n`);
        const skipped = left === 0 ? '' : `event: skipped\ndata: {"count":${left}}\n\n`;
        write(response, events.join('') + skipped);
      });
      const beat = setInterval(() => write(response, ':\n\n'), BEAT_MS);
      const last = setTimeout(() => response.end(), Math.min(Math.max(until - Date.now(), 0), 2 ** 31 - 1));
      beat.unref();
      last.unref();
      response.on('error', () => undefined);
      const { socket } = reply.request.raw;
      const release = (): void => {
        unsubscribe();
        clearInterval(beat);
        clearTimeout(last);
        streams.delete(response);
        socket.off('close', release);
      };
      response.once('close', release);
      // An answer that waits behind another on its connection (pipelining) is never told that the connection closed.
      socket.once('close', release);
    },
    end(session) {
      for (const [response, of] of streams) if (of === session) response.end();
    },
    close() {
      for (const response of streams.keys()) response.end();
    },
  };
}

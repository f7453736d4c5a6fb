// Server-Sent Events as the WHATWG HTML standard defines them (9.2.6), read from chunks that split anywhere.
import { AncileError } from '../base/index.ts';

export interface SseEvent {
  /** The event's name; absent when the stream named none. */
  readonly event?: string;
  readonly data: string;
}

export interface SseLimits {
  /** Longest line, in UTF-16 code units; default 2,000,000. */
  readonly maxLine?: number;
  /** Longest data of one event, in UTF-16 code units; default 4,000,000. */
  readonly maxEvent?: number;
}

export interface SseParser {
  /** Events that this chunk completes. @throws AncileError `upstream_malformed` on invalid UTF-8 or past a limit. */
  push(chunk: Uint8Array): SseEvent[];
  /**
   * The stream is over. By the standard an event without its blank line is dropped.
   * @throws AncileError `upstream_malformed` when the stream ends inside a character.
   */
  end(): void;
}

const LF = 10;
const CR = 13;

function malformed(message: string): AncileError {
  return new AncileError('upstream_malformed', message, { hint: 'The upstream does not send Server-Sent Events.' });
}

/** A parser of one stream. `id` and `retry` are read over: nothing here reconnects. */
export function createSseParser(limits: SseLimits = {}): SseParser {
  const { maxLine = 2_000_000, maxEvent = 4_000_000 } = limits;
  // The decoder keeps a split character back and drops one byte order mark at the start, as the standard asks.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let afterCr = false;
  let name = '';
  let data: string | undefined;

  function takeLine(line: string, out: SseEvent[]): void {
    if (line.length > maxLine) throw malformed(`a line of the stream is longer than ${maxLine}`);
    if (line === '') {
      if (data !== undefined) out.push(name === '' ? { data } : { event: name, data });
      name = '';
      data = undefined;
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const from = line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1;
    const value = colon === -1 ? '' : line.slice(from);
    if (field === 'data') {
      data = data === undefined ? value : `${data}\n${value}`;
      if (data.length > maxEvent) throw malformed(`an event of the stream is longer than ${maxEvent}`);
    } else if (field === 'event') {
      name = value;
    }
  }

  function decode(chunk?: Uint8Array): string {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw malformed('the stream is not valid UTF-8');
    }
  }

  return {
    push(chunk) {
      let text = decode(chunk);
      const out: SseEvent[] = [];
      if (text === '') return out;
      // The LF of a CRLF that the chunks split.
      if (afterCr && text.charCodeAt(0) === LF) text = text.slice(1);
      if (text !== '') afterCr = text.charCodeAt(text.length - 1) === CR;
      else afterCr = false;
      let start = 0;
      let cr = text.indexOf('\r');
      let lf = text.indexOf('\n');
      while (cr !== -1 || lf !== -1) {
        const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
        const line = rest === '' ? text.slice(start, end) : rest + text.slice(start, end);
        rest = '';
        takeLine(line, out);
        start = end + 1;
        if (end === cr) {
          if (lf === start) start++;
          cr = text.indexOf('\r', start);
        }
        if (lf !== -1 && lf < start) lf = text.indexOf('\n', start);
      }
      if (start < text.length) rest += text.slice(start);
      if (rest.length > maxLine) throw malformed(`a line of the stream is longer than ${maxLine}`);
      return out;
    },
    end() {
      decode();
      rest = '';
      data = undefined;
    },
  };
}

/** The wire form of one event. Line ends inside `data` become further data lines; the name must be one line. */
export function encodeSse(event: SseEvent): string {
  if (event.event !== undefined && /[\r\n]/.test(event.event)) {
    throw new AncileError('internal', 'the name of an event must not contain a line end');
  }
  const head = event.event === undefined ? '' : `event: ${event.event}\n`;
  // JSON has no raw line ends, so the common case is one line.
  const body = /[\r\n]/.test(event.data) ? event.data.split(/\r\n|\r|\n/).join('\ndata: ') : event.data;
  return `${head}data: ${body}\n\n`;
}

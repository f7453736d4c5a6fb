// A tool server that the gateway runs: messages are lines on its input and output.
import { AncileError } from '../../../base/index.ts';
import { type ChildOptions, startChild } from './child.ts';
import type { Link, LinkEvents } from './link.ts';
import { createLineReader } from './lines.ts';

export interface StdioOptions extends ChildOptions {
  /** Longest message read. */
  readonly maxBytes: number;
  /** Told of what it writes beside the protocol, for the operator's log. */
  readonly onNoise: (text: string) => void;
}

/** What it may leave unread of what it is sent, bytes. */
const UNREAD_MOST = 8 * 1024 * 1024;
/** How long it gets to end by itself when its input ends. */
const GRACE_MS = 1000;
/** Of its error output, so much is told between two messages of it. */
const NOISE_MOST = 4000;
const NOISE_MS = 1000;

export function openStdioLink(options: StdioOptions, events: LinkEvents): Link {
  const child = startChild(options);
  const { stdin, stdout, stderr } = child.process;
  let over = false;

  function end(error: AncileError): void {
    if (over) return;
    over = true;
    child.kill();
    events.closed(error);
  }

  const reader = createLineReader(
    options.maxBytes,
    (message) => {
      if (!over) events.message(message);
    },
    (error) => options.onNoise(`a line of its output is no message: ${error.message}`),
  );
  stdout?.on('data', (chunk: Buffer) => {
    if (over) return;
    try {
      reader.push(chunk);
    } catch (thrown) {
      end(thrown as AncileError);
    }
  });
  let noise = '';
  let telling: NodeJS.Timeout | undefined;
  stderr?.on('data', (chunk: Buffer) => {
    if (noise.length < NOISE_MOST) noise += chunk.toString('utf8').slice(0, NOISE_MOST - noise.length);
    telling ??= setTimeout(() => {
      telling = undefined;
      options.onNoise(noise);
      noise = '';
    }, NOISE_MS).unref();
  });
  stdin?.on('error', () => end(new AncileError('upstream_reset', 'the tool server takes no more')));
  child.process.once('error', (cause) =>
    end(new AncileError('upstream_unreachable', 'the tool server cannot be started', { cause })),
  );
  child.process.once('exit', (code, signal) => {
    const why = child.exhausted ? `it took more than ${options.memoryMb} MB` : (signal ?? `status ${code}`);
    end(new AncileError('upstream_reset', `the tool server has ended (${why})`));
  });
  return {
    send(message, fail) {
      if (over || stdin === null || stdin.destroyed) {
        fail(new AncileError('upstream_reset', 'the tool server has ended'));
      } else if (stdin.writableLength > UNREAD_MOST) {
        fail(new AncileError('upstream_timeout', 'the tool server does not read what it is sent'));
      } else stdin.write(`${JSON.stringify(message)}\n`);
      return () => undefined;
    },
    begin: () => undefined,
    async close() {
      if (over) return;
      over = true;
      const gone = new Promise<void>((resolve) => child.process.once('exit', () => resolve()));
      stdin?.end();
      const timer = setTimeout(() => child.kill(), GRACE_MS);
      await gone;
      clearTimeout(timer);
    },
  };
}

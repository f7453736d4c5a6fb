// What the practice model is to do: taken from the model's name, then from directives in the last message.
import type { Prompt } from './prompt.ts';

/** How an answer goes wrong, if it does. */
export type Fault = 'reset' | 'malformed' | 'stall' | { readonly status: number };

export interface Script {
  /** The part of the model's name after `practice-`. */
  readonly manner: string;
  /** Answer text given word for word. */
  readonly say?: string;
  /** Code points a chunk; absent: a token a chunk. */
  readonly chunk?: number;
  /** Milliseconds before each chunk. */
  readonly delay: number;
  readonly call?: { readonly name: string; readonly json: string };
  readonly fault?: Fault;
}

function toFault(word: string): Fault | undefined {
  if (word === 'reset' || word === 'malformed' || word === 'stall') return word;
  const status = /^(?:error-)?([45]\d\d)$/.exec(word)?.[1];
  return status === undefined ? undefined : { status: Number(status) };
}

/**
 * Reads the script. `SAY: ` takes the whole rest of the message, so the other directives (`CHUNK: n`, `DELAY: ms`,
 * `CALL: tool {json}`, `FAULT: kind`, each at the start of a line) come before it.
 */
export function readScript(prompt: Prompt): Script {
  const manner = /^practice-([a-z0-9-]{1,40})$/.exec(prompt.model)?.[1] ?? 'echo';
  const sayAt = /^SAY: ?/m.exec(prompt.last);
  const head = sayAt === null ? prompt.last : prompt.last.slice(0, sayAt.index);
  const say = sayAt === null ? undefined : prompt.last.slice(sayAt.index + sayAt[0].length);
  const chunk = /^CHUNK: ?(\d{1,6})$/m.exec(head)?.[1];
  const delay = /^DELAY: ?(\d{1,5})$/m.exec(head)?.[1];
  const call = /^CALL: ?([\w.-]{1,64}) (\{.*\})$/m.exec(head);
  const fault = toFault(/^FAULT: ?([a-z0-9-]{1,20})$/m.exec(head)?.[1] ?? manner);
  return {
    manner,
    delay: delay === undefined ? (manner === 'slow' ? 50 : 0) : Number(delay),
    ...(say !== undefined && { say }),
    ...(chunk !== undefined && Number(chunk) > 0 && { chunk: Number(chunk) }),
    ...(call !== null && { call: { name: call[1]!, json: call[2]! } }),
    ...(fault !== undefined && { fault }),
  };
}

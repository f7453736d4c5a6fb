// When a response is over. Node tells nothing to one that waits behind another on a connection that breaks (pipelining):
// whoever counts what is under way would count it for good.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const steps = new WeakMap<Socket, Set<() => void>>();

/** Does this once, when the response has been written out or its connection is gone; at once where it is gone already. */
export function onceOver(response: ServerResponse, step: () => void): void {
  const { socket } = response.req;
  if (socket.destroyed) {
    step();
    return;
  }
  let waiting = steps.get(socket);
  if (waiting === undefined) {
    const all = new Set<() => void>();
    steps.set(socket, (waiting = all));
    socket.once('close', () => {
      for (const each of [...all]) each();
    });
  }
  const here = waiting;
  const end = (): void => {
    if (here.delete(end)) step();
  };
  here.add(end);
  response.once('close', end);
}

/** Ends a response whose client takes nothing of it for so long (milliseconds): until then it takes a place. */
export function boundSilence(response: ServerResponse, ms: number): void {
  response.setTimeout(ms, () => response.destroy());
}

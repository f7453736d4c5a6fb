// Children that are asked: whoever gives no answer has ended when that is known, so that nobody asks him again.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { atEnd } from '../../test/harness/cleanup.ts';
import { askChild } from './child-process.ts';

const ECHO = 'process.on("message", (told) => process.send(told)); setInterval(() => {}, 1000); process.send("up")';

async function start(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', ECHO], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  atEnd(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

it('gives the answer', async () => {
  expect(await askChild(await start(), { ask: 1 }, 10_000)).toEqual({ ask: 1 });
});

it.each([
  ['does not answer in time', (child: ChildProcess) => child.kill('SIGSTOP'), 50],
  ['lives on with its channel closed', (child: ChildProcess) => child.disconnect(), 10_000],
  ['has just been killed', (child: ChildProcess) => child.kill('SIGKILL'), 10_000],
])('answers for one that %s when it has ended', async (_what, befall, ms) => {
  const child = await start();
  befall(child);
  expect(await askChild(child, { ask: 1 }, ms)).toBeUndefined();
  expect(child.signalCode).toBe('SIGKILL');
  // And at once for whoever asks again.
  expect(await askChild(child, { ask: 1 }, 60_000)).toBeUndefined();
});

// A process of our own beside the gateway's, for work that must not take it down: started with an empty environment, since it
// needs none of our secrets, and asked one thing at a time.
import { type ChildProcess, fork } from 'node:child_process';

/** Where sources run, a child is one as well, and needs their loader. */
const isSource = import.meta.filename.endsWith('.ts');
const LOADER = isSource ? ['--import', 'tsx'] : [];

/**
 * Starts the program beside a module.
 * @param from - `import.meta.url` of the module
 * @param name - of the program's file, without extension
 * @param options - of Node
 */
export function forkBeside(from: string, name: string, options: readonly string[] = []): ChildProcess {
  return fork(new URL(`./${name}.${isSource ? 'ts' : 'js'}`, from), [], {
    execArgv: [...LOADER, ...options],
    env: {},
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
  });
}

/**
 * One message and its answer.
 * @param ms - a process that gives no answer within is ended
 * @returns undefined where the process has ended
 */
export function askChild(child: ChildProcess, message: object, ms: number): Promise<unknown> {
  return new Promise((resolve) => {
    const end = (told: unknown): void => {
      clearTimeout(timer);
      child.off('message', end);
      child.off('exit', onGone);
      child.off('error', onUnreachable);
      resolve(told);
    };
    const onGone = (): void => end(undefined);
    // One that cannot be reached any more may not have been seen to end: whoever asks again must not be given it.
    const onUnreachable = (): void => {
      const hasEnded = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
      if (hasEnded) onGone();
      else child.kill('SIGKILL');
    };
    const timer = setTimeout(() => child.kill('SIGKILL'), ms);
    child.on('message', end);
    child.on('exit', onGone);
    child.on('error', onUnreachable);
    child.send(message, (failed) => {
      if (failed !== null) onUnreachable();
    });
  });
}

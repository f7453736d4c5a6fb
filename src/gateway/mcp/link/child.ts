// A tool server's process: a clean environment, a folder of its own, a process group that is ended as one, also where the
// gateway itself is killed, and a bound on its memory.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** All of its environment, but for `PATH` and `HOME` where they are not in it. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A folder of its own, made where it is not there. */
  readonly home: string;
  readonly memoryMb: number;
}

export interface Child {
  readonly process: ChildProcess;
  /** Ends it and all that it started. */
  kill(): void;
  /** Whether it was ended for the memory that it took. */
  readonly exhausted: boolean;
}

const isWindows = process.platform === 'win32';
/**
 * Starts a watcher in the process group, which waits for the end of file 3 (the gateway holds its other end, however it
 * ends) and kills the group then, and becomes the program. No word of the configuration is read by the shell.
 */
const SCRIPT = `ulimit -c 0
( exec >/dev/null 2>&1 </dev/null; read -r gone <&3; kill -KILL -$$ ) &
exec "$0" "$@" 3<&-`;

const WATCH_MS = 500;
const PAGE_BYTES = 4096;

/** Process groups with the most that each may take, and what is done where it takes more. */
const watched = new Map<number, { readonly bytes: number; readonly exceed: () => void }>();
let watching: NodeJS.Timeout | undefined;

/** Bytes in memory of all processes of each group, as far as the system tells: one look for all. */
function groupBytes(): ReadonlyMap<number, number> {
  const bytes = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      // Behind the program's name, which may hold anything: state, parent, group.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const group = Number(fields[2]);
      bytes.set(group, (bytes.get(group) ?? 0) + Number(fields[21]) * PAGE_BYTES);
    } catch {
      // It has ended.
    }
  }
  return bytes;
}

function look(): void {
  const taken = groupBytes();
  for (const [group, { bytes, exceed }] of [...watched]) if ((taken.get(group) ?? 0) > bytes) exceed();
}

/** @returns ends the watch */
function watchMemory(group: number | undefined, bytes: number, exceed: () => void): () => void {
  if (process.platform !== 'linux' || group === undefined) return () => undefined;
  watched.set(group, { bytes, exceed });
  watching ??= setInterval(look, WATCH_MS).unref();
  return () => {
    watched.delete(group);
    if (watched.size > 0) return;
    clearInterval(watching);
    watching = undefined;
  };
}

export function startChild({ command, args, env, cwd, home, memoryMb }: ChildOptions): Child {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(isWindows ? ';' : ':');
  const options = { cwd, env: { PATH: path, HOME: home, ...env }, detached: !isWindows, windowsHide: true } as const;
  const child = isWindows
    ? spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
    : spawn('/bin/sh', ['-c', SCRIPT, command, ...args], { ...options, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const leash = child.stdio[3] as Writable | undefined;
  leash?.on('error', () => undefined);
  let exhausted = false;

  function kill(): void {
    unwatch();
    leash?.destroy();
    if (child.pid === undefined) return;
    try {
      if (isWindows) child.kill('SIGKILL');
      else process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Nothing of it is left.
    }
  }

  const unwatch = watchMemory(child.pid, memoryMb * 1024 * 1024, () => {
    exhausted = true;
    kill();
  });
  child.once('exit', kill);
  child.once('error', kill);
  return {
    process: child,
    kill,
    get exhausted() {
      return exhausted;
    },
  };
}

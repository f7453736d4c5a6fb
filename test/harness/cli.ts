// The command line as a user runs it: the built program in a process of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemCode } from '../../src/base/index.ts';
import { atEnd } from './cleanup.ts';
import { eventually } from './server.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/bin/ancile.js');
/** As `npm run build`, without the console. */
const BUILD = [
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  ['node_modules/vite/bin/vite.js', 'build', '--config', 'tools/bundle-cli.ts', '--logLevel', 'warn'],
];
const STAMP = join(ROOT, 'node_modules/.ancile-built');

const modified = (path: string): number => {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
};

/** What the sources are now, so that a build of the same is not made twice, and when the last of them was changed. */
function sourceState(): { readonly digest: string; readonly changed: number } {
  const digest = createHash('sha256');
  let changed = 0;
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).sort();
  for (const name of names) {
    if (!/(?<!\.test)\.ts$/.test(name)) continue;
    const at = modified(join(ROOT, 'src', name));
    digest.update(`${name} ${at}\n`);
    changed = Math.max(changed, at);
  }
  return { digest: digest.digest('hex'), changed };
}

function isBuilt({ digest, changed }: ReturnType<typeof sourceState>): boolean {
  const built = modified(MAIN);
  if (built === 0) return false;
  try {
    return readFileSync(STAMP, 'utf8') === digest;
  } catch {
    // No test has built it: `npm ci` has, unless something was changed since then.
    return built > changed;
  }
}

/** Builds the program where its sources are newer; of several test files at a time, one builds. */
export async function ensureBuilt(): Promise<void> {
  const lock = join(ROOT, 'node_modules/.ancile-build');
  await eventually(() => {
    try {
      mkdirSync(lock);
      return true;
    } catch (thrown) {
      if (systemCode(thrown) !== 'EEXIST') throw thrown;
      // Whoever held it for two minutes is dead.
      if (Date.now() - modified(lock) > 120_000) rmSync(lock, { recursive: true, force: true });
      return undefined;
    }
  }, 120_000);
  try {
    const state = sourceState();
    if (isBuilt(state)) return;
    for (const args of BUILD) {
      const built = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
      if (built.status !== 0) throw new Error(`the program does not build:\n${built.stdout}${built.stderr}`);
    }
    writeFileSync(STAMP, state.digest);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

interface RunOptions {
  readonly cwd: string;
  readonly input?: string | Buffer;
}

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], cwd: string, stdin: 'pipe' | 'ignore'): ChildProcess {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, stdio: [stdin, 'pipe', 'pipe'] });
  atEnd(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  return child;
}

function collect(child: ChildProcess): { out(): string; err(): string } {
  let out = '';
  let err = '';
  child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr!.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  return { out: () => out, err: () => err };
}

/** Runs a command to its end. */
export async function ancile(args: readonly string[], { cwd, input }: RunOptions): Promise<Run> {
  const child = start(args, cwd, input === undefined ? 'ignore' : 'pipe');
  const { out, err } = collect(child);
  child.stdin?.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: out(), stderr: err() };
}

export interface Served {
  readonly pid: number;
  readonly address: string;
  readonly key: string;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Sends a signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  signal(signal: NodeJS.Signals): void;
}

/** Starts `ancile serve` and waits until it listens. */
export async function serve(args: readonly string[], cwd: string): Promise<Served> {
  const child = start(['serve', ...args], cwd, 'ignore');
  const { out, err } = collect(child);
  const text = await eventually(() => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${out()}${err()}`);
    return /"address":|ledger list/.test(out()) && out().endsWith('\n') ? out() : undefined;
  }, 30_000);
  const json = args.includes('--json');
  const first = json ? (JSON.parse(text) as { address: string; firstKey?: string }) : undefined;
  return {
    pid: child.pid!,
    address: first?.address ?? /https?:\/\/[\w.:[\]-]+/.exec(text)![0],
    key: first?.firstKey ?? /ancile_[0-9a-z]+/.exec(text)?.[0] ?? '',
    stdout: out,
    stderr: err,
    async end(signal = 'SIGTERM') {
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code, by] = (await ended) as [number | null, NodeJS.Signals | null];
      return { code, signal: by };
    },
    signal: (signal) => void child.kill(signal),
  };
}

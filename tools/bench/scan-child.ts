// One file scanned by the built program in a process of its own: what it takes of time and, at most, of memory.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Cost {
  readonly format: string;
  readonly verdict: string;
  /** Milliseconds of the scan, without the start of the process. */
  readonly cpu: number;
  readonly wall: number;
  /** MB that the process had at most beyond what it had as the scan began. */
  readonly memory: number;
  /** Why it ended without a report. */
  readonly fault?: string;
}

const ROOM = pathToFileURL(resolve(import.meta.dirname, '../../dist/scan/index.js')).href;
/** The peak is asked of the kernel: `maxRSS` begins with what the parent had when it started the child. */
const CHILD = `
import { existsSync, readFileSync } from 'node:fs';
import { scanFile, shippedScanner } from ${JSON.stringify(ROOM)};
const scanner = shippedScanner();
const [before, cpu, from] = [process.memoryUsage.rss(), process.cpuUsage(), performance.now()];
const { format, verdict } = scanFile(scanner, process.argv[1]);
const { user, system } = process.cpuUsage(cpu);
const wall = performance.now() - from;
const status = '/proc/self/status';
const peak = existsSync(status)
  ? Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync(status, 'utf8'))[1])
  : process.resourceUsage().maxRSS;
const memory = (peak * 1024 - before) / 1e6;
console.log(JSON.stringify({ format, verdict, cpu: (user + system) / 1000, wall, memory }));
`;
/** Whoever takes longer will not end. */
const PATIENCE = 60_000;

/** Scans a file in a process of its own. */
export function scanInChild(path: string): Cost {
  const from = performance.now();
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', CHILD, path], {
    encoding: 'utf8',
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  });
  if (child.status === 0) return JSON.parse(child.stdout) as Cost;
  const wall = performance.now() - from;
  const fault =
    child.signal === null ? (child.stderr.match(/\w*Error.*/)?.[0] ?? 'it failed') : `killed (${child.signal})`;
  return { format: '-', verdict: 'none', cpu: wall, wall, memory: Infinity, fault };
}

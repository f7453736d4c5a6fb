// What scanning costs: a gigabyte of weights beside hashing it alone, and its memory; ten thousand small files beside picklescan.
// Usage: npm run bench:scan [-- --picklescan DIR] [-- --megabytes 1000] [-- --files 10000] [-- --rounds 5]
// DIR is where Python finds picklescan, if it is not installed. Builds first; --check holds the bounds.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Scan, scanFile, shippedScanner } from '../../src/scan/index.ts';
import { type Part, chain } from './hostile/shape.ts';
import { scanInChild } from './scan-child.ts';
import { safetensors, smallFile, torchZip } from './weights.ts';

/** Hashing and scanning in one pass against hashing alone. */
const BOUND_RATIO = 1.3;
/** MB that a scan may take for a file of a gigabyte beyond what it takes for one of ten megabytes. */
const BOUND_GROWTH = 64;
const BUFFER = 1 << 20;
const CLI = resolve(import.meta.dirname, '../../dist/bin/ancile.js');

const { values: flags } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    picklescan: { type: 'string' },
    megabytes: { type: 'string', default: '1000' },
    files: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
  },
});
const megabytes = Number(flags.megabytes);
const rounds = Number(flags.rounds);

const scanner = shippedScanner();
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const broken: string[] = [];
const hold = (held: boolean, what: string): void => void (held || broken.push(what));

function writeParts(path: string, parts: Part): void {
  const file = openSync(path, 'w');
  for (const piece of chain(parts)) for (let at = 0; at < piece.length;) at += writeSync(file, piece, at);
  closeSync(file);
}

function hashAlone(path: string): void {
  const hash = createHash('sha256');
  const buffer = Buffer.alloc(BUFFER);
  const file = openSync(path, 'r');
  for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
    hash.update(buffer.subarray(0, read));
  closeSync(file);
  hash.digest('hex');
}

/** Milliseconds of CPU and of the clock. */
function took(work: () => unknown): { cpu: number; wall: number } {
  const [before, from] = [process.cpuUsage(), performance.now()];
  work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000, wall: performance.now() - from };
}

function measureLarge(folder: string): void {
  console.log(
    `| ${megabytes} MB | hash alone, ms | hash and scan, ms | ratio of CPU time | memory MB | of 10 MB |\n|---|---:|---:|---:|---:|---:|`,
  );
  for (const [name, make] of [
    ['model.safetensors', safetensors],
    ['model.pt', torchZip],
  ] as const) {
    const [path, small] = [join(folder, name), join(folder, `small-${name}`)];
    writeParts(path, make(megabytes));
    writeParts(small, make(10));
    const { verdict } = scanFile(scanner, path);
    hold(verdict === 'clean', `${name} is called ${verdict}`);
    hashAlone(path);
    const pairs = Array.from(
      { length: rounds },
      () => [took(() => hashAlone(path)), took(() => scanFile(scanner, path))] as const,
    );
    const ratio = median(pairs.map(([hash, scan]) => scan.cpu / hash.cpu));
    const [memory, least] = [scanInChild(path).memory, scanInChild(small).memory];
    const ms = (of: 0 | 1): string => median(pairs.map((pair) => pair[of].wall)).toFixed(0);
    console.log(`| ${name} | ${ms(0)} | ${ms(1)} | ${ratio.toFixed(2)} | ${memory.toFixed(0)} | ${least.toFixed(0)} |`);
    hold(ratio <= BOUND_RATIO, `${name}: ${ratio.toFixed(2)} times hashing alone, more than ${BOUND_RATIO}`);
    hold(memory - least <= BOUND_GROWTH, `${name}: memory grows with the file`);
    rmSync(path);
  }
}

/** What Python needs to run picklescan; a reason where it cannot. */
function findPicklescan(): { env: NodeJS.ProcessEnv } | string {
  const env = { ...process.env, ...(flags.picklescan === undefined ? {} : { PYTHONPATH: resolve(flags.picklescan) }) };
  const { status, error } = spawnSync('python3', ['-c', 'import picklescan.cli'], { env });
  if (error !== undefined) return 'no python3 here';
  return status === 0 ? { env } : 'python3 finds no picklescan';
}

/** Milliseconds of a whole process. */
function run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): number {
  const from = performance.now();
  const { status, stderr } = spawnSync(command, args, { env, maxBuffer: 1 << 30, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr.slice(-500)}`);
  return performance.now() - from;
}

function measureSmall(folder: string): void {
  const count = Number(flags.files);
  mkdirSync(folder);
  for (let at = 0; at < count; at++) {
    const under = join(folder, String(at % 20));
    if (at < 20) mkdirSync(under);
    const { name, content } = smallFile(at);
    writeFileSync(join(under, name), content);
  }
  const inside = (): void => {
    const scan = new Scan(scanner, { now: 0 });
    for (const { verdict, path } of scan.run([folder])) hold(verdict === 'clean', `${path} is called ${verdict}`);
  };
  inside();
  const found = findPicklescan();
  const [library, cli, other]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    library.push(took(inside).wall);
    cli.push(run(process.execPath, [CLI, 'scan', folder, '--json']));
    if (typeof found !== 'string') other.push(run('python3', ['-m', 'picklescan.cli', '--path', folder], found.env));
  }
  console.log(`\n| ${count} small files | ms | files/s |\n|---|---:|---:|`);
  const row = (name: string, times: readonly number[]): void =>
    console.log(`| ${name} | ${median(times).toFixed(0)} | ${((1000 * count) / median(times)).toFixed(0)} |`);
  row('the library, warm', library);
  row('ancile scan --json, the whole process', cli);
  if (typeof found === 'string') return console.log(`| picklescan | skipped: ${found} | |`);
  row('picklescan, the whole process', other);
  const ratio = median(cli.map((ours, at) => ours / other[at]!));
  console.log(`\nAncile takes ${ratio.toFixed(2)} times as long as picklescan`);
  hold(ratio <= 1, `small files: ${ratio.toFixed(2)} times as long as picklescan`);
}

const root = mkdtempSync(join(tmpdir(), 'ancile-scan-'));
try {
  measureLarge(root);
  measureSmall(join(root, 'small'));
} finally {
  rmSync(root, { recursive: true });
}
for (const what of broken.slice(0, 20)) console.error(`not held: ${what}`);
if (flags.check && broken.length > 0) process.exitCode = 1;

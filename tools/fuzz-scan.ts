// Mutated and generated files given to the scanner, a hundred thousand of them: none may make it throw, hang, take more
// time or memory than a file may, or say what is not so. The work is done in a thread of its own, so that one that hangs is
// named and left behind. Usage: npm run fuzz:scan [-- --seed N] [-- --cases N] [-- --from N] [-- --corpus DIR]
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { shippedScanner } from '../src/scan/index.ts';
import { checkCase } from '../src/scan/testing/check.ts';
import { type FuzzCase, makeCase } from '../src/scan/testing/mutate.ts';
import { SEEDS, type Seed, readCorpus } from '../src/scan/testing/seeds.ts';

const FILE = fileURLToPath(import.meta.url);
/** A thread does not take over what runs TypeScript here. */
const LOADER = `import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(pathToFileURL(FILE).href)})))`;
/** Wall-clock seconds after which a case hangs; slow ones are told by their CPU time. */
const HANGS_AFTER = 60;
const SLOWEST = 10;
/** Of so many cases one is looked at twice and rendered. */
const THOROUGH = 20;
const MOST_FAILURES = 50;
/** Looks that are spent on making one failing case smaller. */
const MOST_TRIES = 300;

interface Work {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly corpus: string | undefined;
  /** The case under way, when to stop (1), and how many are done. */
  readonly shared: Int32Array;
}
interface Told {
  readonly number: number;
  readonly name: string;
  readonly how: string;
  readonly size: number;
  readonly cpu: number;
  readonly problems: readonly string[];
  /** The smallest that was found to fail alike. */
  readonly bytes?: Uint8Array;
}

const seedsOf = (corpus: string | undefined): Seed[] => [...SEEDS, ...(corpus === undefined ? [] : readCorpus(corpus))];

/** Makes a failing case smaller while its first problem stays of the same kind. */
function minimise(failing: FuzzCase, fails: (bytes: Buffer) => boolean): Buffer {
  let { bytes } = failing;
  let tries = 0;
  for (let piece = bytes.length >> 1; piece >= 1 && tries < MOST_TRIES; piece >>= 1) {
    for (let at = 0; at < bytes.length && tries < MOST_TRIES; tries++) {
      const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + piece)]);
      if (fails(shorter)) bytes = shorter;
      else at += piece;
    }
  }
  return bytes;
}

function work({ seed, from, to, corpus, shared }: Work): void {
  const seeds = seedsOf(corpus);
  const scanner = shippedScanner();
  let slowest: number[] = [];
  // Code is compiled and lists are read by the first looks: not at the cost of the first case.
  for (const each of SEEDS) checkCase(scanner, { ...each, how: 'itself' }, true);
  for (let number = from; number < to && Atomics.load(shared, 1) === 0; number++) {
    Atomics.store(shared, 0, number);
    const made = makeCase(seeds, seed, number);
    const { problems, cpu } = checkCase(scanner, made, number % THOROUGH === 0);
    const isSlow = slowest.length < SLOWEST || cpu > slowest.at(-1)!;
    if (isSlow) slowest = [...slowest, cpu].sort((a, b) => b - a).slice(0, SLOWEST);
    if (problems.length > 0 || isSlow) {
      const told: Told = { number, name: made.name, how: made.how, size: made.bytes.length, cpu, problems };
      const kind = problems[0]?.slice(0, 24);
      // What is slow is slow each time: it is saved as it is.
      const small =
        kind === undefined || kind.startsWith('took') || made.appendedTo !== undefined
          ? made.bytes
          : minimise(made, (bytes) =>
              checkCase(scanner, { ...made, bytes }, true).problems.some((each) => each.startsWith(kind)),
            );
      parentPort!.postMessage(problems.length === 0 ? told : { ...told, bytes: Uint8Array.from(small) });
    }
    Atomics.add(shared, 2, 1);
  }
}

/** Runs cases in a thread. @returns the case that hung or ended the thread, if one did */
function runThread(given: Work, onTold: (told: Told) => void, beat: () => void): Promise<Told | undefined> {
  const { shared, seed, corpus } = given;
  const worker = new Worker(LOADER, {
    eval: true,
    workerData: given,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  let last = -1;
  let since = performance.now();
  const lost = (problem: string): Told => {
    const number = Math.max(given.from, Atomics.load(shared, 0));
    const { name, how, bytes } = makeCase(seedsOf(corpus), seed, number);
    return { number, name, how, size: bytes.length, cpu: 0, problems: [problem], bytes };
  };
  return new Promise((done) => {
    const timer = setInterval(() => {
      const now = Atomics.load(shared, 0);
      if (now !== last) [last, since] = [now, performance.now()];
      else if (performance.now() - since > HANGS_AFTER * 1000) {
        end(lost(`did not end within ${HANGS_AFTER} s`));
        void worker.terminate();
      }
      beat();
    }, 500);
    const end = (result: Told | undefined): void => {
      clearInterval(timer);
      done(result);
    };
    worker.on('message', onTold);
    worker.on('error', (thrown) => end(lost(`ended the thread: ${thrown.stack ?? String(thrown)}`)));
    worker.on('exit', () => end(undefined));
  });
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      cases: { type: 'string', default: '100000' },
      from: { type: 'string', default: '0' },
      corpus: { type: 'string', default: resolve(import.meta.dirname, '../../shared/data/models') },
    },
  });
  const [seed, cases, from] = [Number(flags.seed), Number(flags.cases), Number(flags.from)];
  if (![seed, cases, from].every((each) => Number.isSafeInteger(each) && each >= 0)) {
    console.error('--seed, --cases and --from are whole numbers');
    process.exitCode = 2;
    return;
  }
  const corpus = existsSync(flags.corpus) ? flags.corpus : undefined;
  if (corpus === undefined) console.log(`no corpus at ${flags.corpus}: only files of our own builders are changed`);
  console.log(`seed ${seed}: ${cases} cases from ${from} on, of ${seedsOf(corpus).length} files`);

  const shared = new Int32Array(new SharedArrayBuffer(12));
  const stop = (): void => void Atomics.store(shared, 1, 1);
  process.once('SIGINT', stop);
  const failures: Told[] = [];
  let slowest: Told[] = [];
  let folder: string | undefined;
  const again = ({ number }: Told): string => `npm run fuzz:scan -- --seed ${seed} --from ${number} --cases 1`;
  const onTold = (told: Told): void => {
    slowest = [...slowest, told].sort((a, b) => b.cpu - a.cpu).slice(0, SLOWEST);
    if (told.problems.length === 0) return;
    failures.push(told);
    folder ??= mkdtempSync(join(tmpdir(), 'ancile-fuzz-'));
    const path = join(folder, `${told.number}.bin`);
    writeFileSync(path, told.bytes ?? '');
    console.log(`\ncase ${told.number}, ${JSON.stringify(told.name.slice(0, 80))} (${told.how}):`);
    for (const problem of told.problems.slice(0, 5)) console.log(`  ${problem}`);
    console.log(`  saved to ${path}; again: ${again(told)}`);
    if (failures.length >= MOST_FAILURES) stop();
  };
  const started = performance.now();
  let told = 0;
  const beat = (): void => {
    const done = Atomics.load(shared, 2);
    const line = `${done} of ${cases}, ${(done / ((performance.now() - started) / 1000)).toFixed(0)} a second`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${line}`);
    else if (done >= told + 5000) {
      told = done;
      console.log(line);
    }
  };
  let next = from;
  while (next < from + cases && Atomics.load(shared, 1) === 0) {
    const lost = await runThread({ seed, from: next, to: from + cases, corpus, shared }, onTold, beat);
    if (lost === undefined) break;
    onTold(lost);
    next = lost.number + 1;
  }
  process.removeListener('SIGINT', stop);
  const done = Atomics.load(shared, 2);
  const seconds = (performance.now() - started) / 1000;
  console.log(`\n${done} cases in ${seconds.toFixed(0)} s, ${failures.length} failed; the slowest, in CPU time:`);
  for (const each of slowest) {
    console.log(`  ${each.cpu.toFixed(0)} ms  case ${each.number}, ${each.size} bytes (${each.how})`);
  }
  console.log(`memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB at most`);
  const went = Atomics.load(shared, 0) + 1;
  if (went < from + cases) {
    console.log(
      `stopped; goes on with: npm run fuzz:scan -- --seed ${seed} --from ${went} --cases ${from + cases - went}`,
    );
  }
  process.exitCode = failures.length === 0 ? 0 : 1;
}

if (isMainThread) await main();
else work(workerData as Work);

// The scanner in a process of its own: started with the first file, started anew after one that it did not survive.
import type { ChildProcess } from 'node:child_process';
import { AncileError } from '../../base/index.ts';
import type { FileReport, ScanFinding } from '../../contract/index.ts';
import { askChild, forkBeside } from '../child-process.ts';
import type { RepositoryPart, ScanAsk, ScanTold } from './scan-messages.ts';

/** Longest for one file, milliseconds: and as much again for each of so many bytes. */
const LEAST_MS = 120_000;
const BYTES_PER_MS = 20_000;
const MEMORY_MB = 1024;

export interface ScanProcess {
  /**
   * @param isRoot - whether it is unpacked as the root of a file system of its own
   * A file that the scanner did not come to an end with, twice, could not be looked at.
   * @throws AncileError `shutting_down` where it was closed: nothing is known then
   */
  scanFile(content: string, path: string, size: number, isRoot?: boolean): Promise<FileReport>;
  /** What the files say together. @throws AncileError `guard_fault` where they could not be looked at, `shutting_down` */
  examineRepository(files: readonly RepositoryPart[]): Promise<{ path: string; finding: ScanFinding }[]>;
  close(): void;
}

export function createScanProcess(): ScanProcess {
  let child: ChildProcess | undefined;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  function start(): ChildProcess {
    const started = forkBeside(import.meta.url, 'scan-child', [`--max-old-space-size=${MEMORY_MB}`]);
    started.unref();
    started.channel?.unref();
    started.once('exit', () => {
      if (child === started) child = undefined;
    });
    return started;
  }

  async function ask(message: ScanAsk, ms: number): Promise<ScanTold> {
    const told = await askChild((child ??= start()), message, ms);
    return (told as ScanTold | undefined) ?? { kind: 'failed' };
  }

  async function askTwice(message: ScanAsk, ms: number): Promise<ScanTold> {
    let told: ScanTold = { kind: 'failed' };
    // The process may have ended for a reason that is not in the file.
    for (let tries = 0; tries < 2 && told.kind === 'failed'; tries++) {
      if (!closed) told = await ask(message, ms);
      if (closed) throw new AncileError('shutting_down', 'the gateway is stopping');
    }
    return told;
  }

  /** One at a time, in the order of asking. */
  function inTurn(message: ScanAsk, ms: number): Promise<ScanTold> {
    const run = (): Promise<ScanTold> => askTwice(message, ms);
    const told = last.then(run, run);
    last = told.catch(() => undefined);
    return told;
  }

  return {
    async scanFile(content, path, size, isRoot = false) {
      const told = await inTurn({ kind: 'file', content, path, isRoot }, LEAST_MS + size / BYTES_PER_MS);
      if (told.kind === 'file') return told.report;
      const unseen = [{ reason: 'the scanner did not come to an end with it' }];
      return { path, format: 'unknown', verdict: 'unanalyzed', size, findings: [], unseen, members: [], assets: [] };
    },
    async examineRepository(files) {
      const told = await inTurn({ kind: 'repository', files }, LEAST_MS);
      if (told.kind === 'repository') return [...told.found];
      throw new AncileError('guard_fault', 'the scanner did not come to an end with the repository');
    },
    close() {
      closed = true;
      child?.kill('SIGKILL');
    },
  };
}

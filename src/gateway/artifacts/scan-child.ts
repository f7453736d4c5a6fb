// The process in which models are looked at: what they hold was made by others, takes its time, and is nothing for the process
// that holds keys and connections. One file at a time; it ends with the process that started it.
import { closeSync, openSync, readSync } from 'node:fs';
import { examineRepository, scanFile, shippedScanner } from '../../scan/index.ts';
import type { ScanAsk, ScanTold } from './scan-messages.ts';

const scanner = shippedScanner();

function readHead(path: string, most: number): Uint8Array | undefined {
  const file = openSync(path, 'r');
  try {
    const into = Buffer.alloc(Math.min(most, 1 << 24));
    return into.subarray(0, readSync(file, into, 0, into.length, 0));
  } finally {
    closeSync(file);
  }
}

function answer(ask: ScanAsk): ScanTold {
  try {
    if (ask.kind === 'file') {
      const { content, path, isRoot } = ask;
      return { kind: 'file', report: scanFile(scanner, content, path, { isRoot }) };
    }
    const contents = new Map(ask.files.map(({ path, content }) => [path, content]));
    const read = (path: string, most: number): Uint8Array | undefined => {
      const content = contents.get(path);
      return content === undefined ? undefined : readHead(content, most);
    };
    return { kind: 'repository', found: examineRepository({ files: ask.files, read }, scanner.rules) };
  } catch {
    // Its words could quote the file.
    return { kind: 'failed' };
  }
}

process.on('message', (ask: ScanAsk) => {
  if (process.connected) process.send!(answer(ask));
});
process.on('disconnect', () => process.exit());

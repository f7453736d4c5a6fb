// How far long work has come, told on a terminal and only there.

const CLEAR = '\r\u001b[K';
/** Milliseconds between two tellings. */
const EVERY_MS = 200;

/** One line that is written over. */
export function createStatusLine(): { show(line: string): void; end(): void } {
  if (!process.stderr.isTTY) return { show: () => undefined, end: () => undefined };
  let told = 0;
  return {
    show(line) {
      if (performance.now() - told < EVERY_MS) return;
      told = performance.now();
      process.stderr.write(CLEAR + line);
    },
    end() {
      if (told > 0) process.stderr.write(CLEAR);
    },
  };
}

/** @param done - what happens to the files: `looked at` */
export function createProgress(done: string): { note(size: number): void; end(): void } {
  const line = createStatusLine();
  let files = 0;
  let bytes = 0;
  return {
    note(size) {
      files++;
      bytes += size;
      line.show(`${files} files, ${Math.round(bytes / 1e6)} MB ${done}`);
    },
    end: () => line.end(),
  };
}

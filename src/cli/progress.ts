// How far long work on files has come, told on a terminal and only there.

/** @param done - what happens to the files: `looked at` */
export function createProgress(done: string): { note(size: number): void; end(): void } {
  if (!process.stderr.isTTY) return { note: () => undefined, end: () => undefined };
  let files = 0;
  let bytes = 0;
  let told = 0;
  const clear = '\r\u001b[K';
  return {
    note(size) {
      files++;
      bytes += size;
      if (performance.now() - told < 200) return;
      told = performance.now();
      process.stderr.write(`${clear}${files} files, ${Math.round(bytes / 1e6)} MB ${done}`);
    },
    end() {
      if (told > 0) process.stderr.write(clear);
    },
  };
}

// What a test file started ends with it, in reverse order, also when a test failed half-way.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const steps: (() => unknown)[] = [];

/** Ends what was started so far. */
export async function endAll(): Promise<void> {
  for (const step of steps.splice(0).reverse()) await step();
}

/** Does this when the test file is over. */
export function atEnd(step: () => unknown): void {
  steps.push(step);
}

/** A folder of its own, gone when the test file is over. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ancile-e2e-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

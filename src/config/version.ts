// The version that this is: read from the package's own manifest, also where nothing else of the program is needed.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseJson } from '../codec/index.ts';

function readVersion(): string {
  // Two up from src/config as from dist/config.
  const manifest = parseJson(readFileSync(resolve(import.meta.dirname, '../../package.json')), {
    what: 'package.json',
  });
  return String((manifest as { version?: unknown }).version);
}

export const VERSION = readVersion();

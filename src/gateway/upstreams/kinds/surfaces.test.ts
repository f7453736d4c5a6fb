// The table of docs/guides/upstreams.md says what the program does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Surface } from '../../../contract/index.ts';
import type { SurfaceId } from './kind.ts';
import { SURFACES } from './surfaces.ts';

const PAGE = join(import.meta.dirname, '../../../../docs/guides/upstreams.md');

/** The surfaces that a column of the page stands for. */
const idsOf = (column: string): SurfaceId[] =>
  Surface.options
    .filter((id): id is SurfaceId => id.endsWith(`.${column}`) || id.startsWith(`${column}.`))
    .filter(
      // Counting is Anthropic's in the table; Gemini's methods stand together.
      (id) => column !== 'count_tokens' || id.startsWith('anthropic.'),
    );

it('lists which kind can be asked by which surface', () => {
  const rows = readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const [head = [], , ...body] = rows;
  const told = body.map(([kind = '', ...cells]) => [
    kind.replaceAll('`', ''),
    cells.flatMap((cell, i) => (cell === 'yes' ? idsOf(head[i + 1]!) : [])).sort(),
  ]);
  const done = Object.entries(SURFACES).map(([kind, ids]) => [kind, [...ids].sort()]);
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(done));
});

// ancile demo: every act of the story goes as it says, on a real server of its own.
import { beforeAll, expect, it } from 'vitest';
import { tempFolder } from './harness/cleanup.ts';
import { ancile, ensureBuilt } from './harness/cli.ts';

beforeAll(ensureBuilt, 120_000);

it('plays its six acts and says where to look', async () => {
  const { code, stdout } = await ancile(['demo', '--json'], { cwd: tempFolder() });
  const { ok, acts } = JSON.parse(stdout) as { ok: boolean; acts: { title: string; ok: boolean; look: string }[] };
  expect(acts.map((act) => [act.title, act.ok])).toEqual([
    ['An ordinary chat', true],
    ['An injection in a tool result', true],
    ['A card number across the chunks of a stream', true],
    ['A budget that is spent', true],
    ['A held call, approved', true],
    ['A tampered record, found against its anchor', true],
  ]);
  expect(acts.every((act) => act.look !== '')).toBe(true);
  expect(ok).toBe(true);
  expect(code).toBe(0);
});

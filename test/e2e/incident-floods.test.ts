// An incident that somebody makes long keeps its beginning, in its timeline and in its evidence.
import { expect, it } from 'vitest';
import { verifyBundle } from '../../src/respond/index.ts';
import { startTestServer } from '../harness/server.ts';

it('shows and bundles more records than one page of a search', async () => {
  const server = await startTestServer({});
  const { id } = await server.admin.openIncident({ title: 'a long one' });
  const notes = 1100;
  for (let n = 0; n < notes; n += 100) {
    const some = Array.from({ length: 100 }, (_, i) => server.admin.updateIncident({ id, note: `note ${n + i}` }));
    await Promise.all(some);
  }
  const { timeline } = await server.admin.getIncident({ id });
  expect(timeline[0]).toMatchObject({ kind: 'incident', event: 'opened' });
  expect(timeline).toHaveLength(notes + 1);
  const { zip } = await server.admin.bundleIncident({ id });
  const report = verifyBundle(Buffer.from(zip, 'base64'));
  expect(report).toMatchObject({ ok: true, problems: [] });
  expect(report.records).toBeGreaterThan(notes);
}, 120_000);

// The digest of a bill of materials is the one that signatures and attestations name.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { digestModel } from '../model.ts';
import { toCyclonedx } from './cyclonedx.ts';
import { gatherFacts } from './gather.ts';
import { toSpdx } from './spdx.ts';

const folder = mkdtempSync(join(tmpdir(), 'ancile-bom-digest-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is that of the folder, and stands in both documents', async () => {
  for (const name of ['nested', '.git']) mkdirSync(join(folder, name));
  for (const name of ['a.json', 'Z.json', 'é.json', 'nested/a.bin', '.git/config', '.gitattributes', 'model.sig']) {
    writeFileSync(join(folder, name), `{"of":"${name}"}`);
  }
  const { digest } = await digestModel(folder);
  const facts = gatherFacts(folder);
  expect(facts.digest).toBe(digest);
  const options = { toolVersion: '1', timestamp: '2026-01-01T00:00:00.000Z' };
  const text = JSON.stringify(toCyclonedx(facts, options));
  expect(text).toContain(`{"name":"ancile:modelDigest","value":"sha256:${digest}"}`);
  expect(JSON.stringify(toSpdx(facts, options))).toContain(digest);
  // What is attested beside it is not of it.
  writeFileSync(join(folder, 'scan.intoto.jsonl'), '{}');
  expect(gatherFacts(folder).digest).toBe(digest);
});

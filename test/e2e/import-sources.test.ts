// Logs that a running server reads as they come, from files and from a bucket of a real S3 service: each call once, whatever
// grows, appears, is rotated or breaks, and over restarts.
import { appendFileSync, mkdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readLogFiles } from '../../src/app/index.ts';
import { azure, bedrock } from '../../src/codec/testing/log-lines.ts';
import { verifyLedger } from '../../src/ledger/index.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { S3_KEY, putObject, startS3Upstream } from '../harness/s3-upstream.ts';
import { type RecordOf, type TestServer, eventually, startTestServer } from '../harness/server.ts';

const line = (value: object): string => `${JSON.stringify(value)}\n`;
const importedOf = async (server: TestServer) => (await server.records({ kind: 'imported' })) as RecordOf<'imported'>[];
const eventsOf = async (server: TestServer) => (await importedOf(server)).map(({ event }) => event).sort();
const viewOf = async (server: TestServer) => (await server.admin.listImports({})).imports[0]!;
/** Waits until these and no others are on record, and the source is level after a further look. */
async function holds(server: TestServer, events: string[]): Promise<void> {
  await eventually(async () => ((await eventsOf(server)).length >= events.length ? true : undefined), 30_000);
  const { level } = await viewOf(server);
  await eventually(async () => ((await viewOf(server)).level !== level ? true : undefined), 30_000);
  expect(await eventsOf(server)).toEqual([...events].sort());
}

it('reads files that appear, grow, are rotated or cut short, and goes on after a restart', async () => {
  const dir = tempFolder();
  const logs = join(dir, 'logs');
  mkdirSync(join(logs, 'deep'), { recursive: true });
  const imports = { aws: { kind: 'files', format: 'bedrock', path: 'logs', interval: '200ms' } };
  const telemetry = { prometheus: { port: 0 } };
  writeFileSync(join(logs, 'a.jsonl'), line(bedrock('r1', 'Hi')) + line(bedrock('r2', 'Hi')));
  writeFileSync(join(logs, 'deep/b.json.gz'), gzipSync(line(bedrock('r3', 'My card is 4111 1111 1111 1111'))));
  let server = await startTestServer({ imports, telemetry }, { dir });
  await holds(server, ['r1', 'r2', 'r3']);
  const card = (await importedOf(server)).find(({ event }) => event === 'r3')!;
  expect(card).toMatchObject({ actor: 'import aws', file: 'deep/b.json.gz', line: 1 });
  expect(card.findings.map(({ rule }) => rule)).toContain('pii.card');

  // It grows, in the middle of a line, beside a bad one; another appears.
  const whole = line(bedrock('r5', 'Hi'));
  appendFileSync(join(logs, 'a.jsonl'), `${line(bedrock('r4', 'Hi'))}no json\n${whole.slice(0, 50)}`);
  writeFileSync(join(logs, 'c.jsonl'), line(bedrock('r6', 'Hi')));
  await eventually(async () => ((await eventsOf(server)).includes('r6') ? true : undefined));
  appendFileSync(join(logs, 'a.jsonl'), whole.slice(50));
  await eventually(async () => ((await eventsOf(server)).includes('r5') ? true : undefined));
  const view = await eventually(async () => {
    const seen = await viewOf(server);
    return seen.badLines > 0 ? seen : undefined;
  });
  expect(view).toMatchObject({ badLines: 1, bad: [{ file: 'a.jsonl', line: 4 }] });
  expect(server.log()).toContain('a line of a log is not on record');

  // A last line that no line feed ends is taken when nothing more comes of it.
  appendFileSync(join(logs, 'c.jsonl'), line(bedrock('r7', 'Hi')).trimEnd());
  await eventually(async () => ((await eventsOf(server)).includes('r7') ? true : undefined), 30_000);
  await server.close();

  // While nothing runs: one is rotated and begun anew, another is cut short, and one grows.
  renameSync(join(logs, 'a.jsonl'), join(logs, 'a.jsonl.1'));
  writeFileSync(join(logs, 'a.jsonl'), line(bedrock('r8', 'Hi')));
  truncateSync(join(logs, 'c.jsonl'), 0);
  appendFileSync(join(logs, 'c.jsonl'), line(bedrock('r9', 'Hi')));
  server = await startTestServer({ imports, telemetry }, { dir });
  await holds(server, ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9']);
  const again = await viewOf(server);
  // What did not change was not read again; what was rotated was, and is known.
  expect(again).toMatchObject({ state: 'waiting', added: 2 });
  const metrics = await (await fetch(`${server.metricsAddress}/metrics`)).text();
  expect(metrics).toMatch(/^ancile_import_calls_total\{.*source="aws".*\} 2$/m);
  expect(metrics).toMatch(/^ancile_import_failing\{.*source="aws".*\} 0$/m);

  // A folder that is gone is told, and nothing else is harmed; without a source nothing is followed.
  renameSync(logs, join(dir, 'away'));
  await eventually(async () => ((await viewOf(server)).state === 'failing' ? true : undefined));
  expect((await viewOf(server)).fault).toContain('ENOENT');
  renameSync(join(dir, 'away'), logs);
  await eventually(async () => ((await viewOf(server)).state === 'waiting' ? true : undefined));
  server.configure({ telemetry });
  await server.reload();
  expect((await server.admin.listImports({})).imports).toEqual([]);
  await server.close();
  expect((await verifyLedger(server.dataDir)).problems).toEqual([]);
}, 120_000);

it('reads the objects of a bucket by signed requests, each once, and says what it cannot', async () => {
  const dir = tempFolder();
  const key = (name: string): string => `logs/AWSLogs/1/BedrockModelInvocationLogs/eu-central-1/2026/11/01/10/${name}`;
  const pack = (...values: object[]): Buffer => gzipSync(values.map(line).join(''));
  const bucket = await startS3Upstream({
    [key('1.json.gz')]: pack(bedrock('r1', 'Hi'), bedrock('r2', 'Hi')),
    [key('2.json.gz')]: pack(bedrock('r3', 'Hi')),
    [key('data/body_input.json.gz')]: pack({ not: 'a line of the log' }),
    'logs/other/x.json': Buffer.from('no line'),
    'private/AWSLogs/x.json': Buffer.from(line(bedrock('never', 'Hi'))),
  });
  process.env['IMPORT_KEY'] = S3_KEY;
  process.env['IMPORT_WRONG'] = 'wrong';
  const source = (secret: string) => ({
    kind: 's3',
    format: 'bedrock',
    baseUrl: bucket.url,
    bucket: 'logs',
    prefix: 'AWSLogs/',
    accessKeyId: { env: 'IMPORT_KEY' },
    secretAccessKey: { env: secret },
    interval: '200ms',
  });
  let server = await startTestServer({ imports: { aws: source('IMPORT_WRONG') } }, { dir });
  await eventually(async () => ((await viewOf(server)).state === 'failing' ? true : undefined));
  expect(await eventsOf(server)).toEqual([]);
  server.configure({ imports: { aws: source('IMPORT_KEY') } });
  await server.reload();
  await holds(server, ['r1', 'r2', 'r3']);
  expect(bucket.asked.every(({ signed }) => signed?.startsWith('AWS4-HMAC-SHA256'))).toBe(true);

  // One appears whose answer breaks off on the way; another that is packed wrongly, which is told and keeps no other.
  bucket.cutNext(key('3.json.gz'), 40);
  const cut = Array.from({ length: 300 }, (_, i) => bedrock(`s${i}`, `Hi ${i}`));
  await putObject(bucket.url, 'logs', key('3.json.gz').slice(5), pack(...cut));
  await putObject(bucket.url, 'logs', key('0.json.gz').slice(5), Buffer.from('not packed'));
  const events = ['r1', 'r2', 'r3', ...cut.map((_, i) => `s${i}`)];
  await holds(server, events);
  expect((await viewOf(server)).bad).toMatchObject([{ message: expect.stringContaining('Z_') as unknown }]);
  await server.close();
  const before = bucket.asked.length;
  await putObject(bucket.url, 'logs', key('4.json').slice(5), Buffer.from(line(bedrock('r9', 'Hi')).trimEnd()));
  server = await startTestServer({ imports: { aws: source('IMPORT_KEY') } }, { dir });
  await holds(server, [...events, 'r9']);
  // Of the objects, only the new one was asked for.
  const read = bucket.asked.slice(before).filter(({ line: asked }) => asked.startsWith('GET') && !asked.includes('?'));
  expect(read.map(({ line: asked }) => asked)).toEqual([`GET /${key('4.json')}`]);
  expect(server.log()).not.toContain(S3_KEY);
  // Where nothing runs, it is shown as it is configured; a secret that is missing is told by its place.
  await server.close();
  expect(readFileSync(join(dir, 'ancile.yaml'), 'utf8')).not.toContain(S3_KEY);
  delete process.env['IMPORT_KEY'];
  await expect(startTestServer({ imports: { aws: source('IMPORT_KEY') } }, { dir })).rejects.toMatchObject({
    code: 'config_invalid',
    at: 'imports.aws.accessKeyId',
  });
}, 120_000);

it('brings in a call once that a source and a person bring at the same time', async () => {
  const dir = tempFolder();
  writeFileSync(join(dir, 'a.jsonl'), line(azure('c1')));
  const imports = { apim: { kind: 'files', format: 'azure', path: 'a.jsonl', interval: '200ms' } };
  const server = await startTestServer({ imports }, { dir });
  await eventually(async () => ((await viewOf(server)).state === 'waiting' ? true : undefined));
  appendFileSync(join(dir, 'a.jsonl'), Array.from({ length: 50 }, (_, i) => line(azure(`d${i}`))).join(''));
  const sums = await Promise.all(
    Array.from({ length: 4 }, async () => {
      let sum = 0;
      await readLogFiles([join(dir, 'a.jsonl')], {
        ...{ service: 'azure' as const, inspect: true },
        onBad: () => undefined,
        take: async (calls) => void (sum += (await server.admin.importLogs({ calls })).added),
      });
      return sum;
    }),
  );
  await eventually(async () => ((await viewOf(server)).files > 1 ? true : undefined));
  expect(await importedOf(server)).toHaveLength(51);
  expect(sums.reduce((a, b) => a + b, 0) + (await viewOf(server)).added).toBe(51);
  expect((await importedOf(server))[0]!.file).toBe('a.jsonl');
}, 60_000);

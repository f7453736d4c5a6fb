// ancile scan from the command line: a report in each form, exit codes, the AI inventory, a workstation looked over.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { AiInventory, ScanReport } from '../../src/contract/index.ts';
import { tempFolder } from '../harness/cleanup.ts';
import { ancile, ensureBuilt } from '../harness/cli.ts';

beforeAll(ensureBuilt, 120_000);

/** Calls exec('hi') when it is unpickled. */
const HOSTILE = "c__builtin__\nexec\n(S'hi'\ntR.";
/** An empty list, as Python pickles it. */
const HARMLESS = Buffer.from('80045d942e', 'hex');

function folder(files: Record<string, string | Uint8Array>): string {
  const dir = tempFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  return dir;
}

const project = (): string =>
  folder({
    'models/good.pkl': HARMLESS,
    'models/bad.pkl': HOSTILE,
    'models/broken.zip': 'PK\u0003\u0004 and no more',
    'app.py': 'from openai import OpenAI\nclient = OpenAI()\n',
    'requirements.txt': 'openai==1.40.0\n',
  });

it('prints a tree with what a file would do, and the inventory; one bad file stops nothing', async () => {
  const { stdout, code } = await ancile(['scan', '.'], { cwd: project() });
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ malicious {2}models\/bad\.pkl/);
  expect(stdout).toMatch(/pickle\.call/);
  expect(stdout).not.toContain('good.pkl  ');
  expect(stdout).toMatch(/libraries +openai \([^)]*in 2 files\)/);
  expect(stdout).toMatch(/^5 files, /m);
});

it('gives JSON by its schema, with what is there only once in the inventory', async () => {
  const { stdout, code } = await ancile(['scan', '.', '--json'], { cwd: project() });
  expect(code).toBe(1);
  const report = ScanReport.parse(JSON.parse(stdout));
  expect(report.files.find(({ path }) => path === 'models/bad.pkl')?.verdict).toBe('malicious');
  expect(report.inventory).toContainEqual(
    expect.objectContaining({ kind: 'sdk', name: 'openai', files: 2, paths: ['app.py', 'requirements.txt'] }),
  );
  expect(report.inventory).toContainEqual(expect.objectContaining({ kind: 'model', name: 'models/good.pkl' }));
});

it('writes SARIF to a file, and passes where nothing may fail', async () => {
  const cwd = project();
  const { stdout, code } = await ancile(['scan', '.', '--format', 'sarif', '-o', 'out.sarif', '--fail-on', 'never'], {
    cwd,
  });
  expect({ stdout, code }).toEqual({ stdout: '', code: 0 });
  const sarif = JSON.parse(readFileSync(join(cwd, 'out.sarif'), 'utf8')) as { runs: { results: unknown[] }[] };
  expect(sarif.runs[0]!.results.length).toBeGreaterThan(0);
});

it('fails on what is new only, once there is a baseline', async () => {
  const cwd = project();
  await ancile(['scan', '.', '--write-baseline', 'base.json'], { cwd });
  expect((await ancile(['scan', 'models', '--baseline', 'base.json'], { cwd })).code).toBe(0);
  writeFileSync(join(cwd, 'models/new.pkl'), HOSTILE.replace('exec', 'eval'));
  expect((await ancile(['scan', 'models', '--baseline', 'base.json'], { cwd })).code).toBe(1);
});

it('looks over a workstation: programs, tool servers, keys in plain text, without showing one', async () => {
  const key = ['sk-a', 'nt-api03-', 'n0tAreAlkey-'.repeat(7), 'n0tAreAAA'].join('');
  const home = folder({
    '.cursor/mcp.json': JSON.stringify({ mcpServers: { far: { url: 'http://tools.example.org/mcp' } } }),
    '.bashrc': `export ANTHROPIC_API_KEY=${key}\n`,
  });
  const text = await ancile(['scan', '--endpoint', home, '--fail-on', 'medium'], { cwd: tempFolder() });
  expect(text.code).toBe(1);
  expect(text.stdout).toMatch(/programs +Cursor/);
  expect(text.stdout).toMatch(/tool servers +far/);
  expect(text.stdout).toContain('.bashrc');
  expect(text.stdout).not.toContain(key);
  const json = await ancile(['scan', '--endpoint', home, '--json'], { cwd: tempFolder() });
  expect(AiInventory.parse(JSON.parse(json.stdout)).findings.length).toBeGreaterThan(0);
});

it('says what is wrong with how it was called', async () => {
  const cwd = project();
  const wrong: [args: string[], said: RegExp][] = [
    [['scan'], /nothing to scan/],
    [['scan', 'nowhere'], /nowhere/],
    [['scan', '.', '--endpoint', '.'], /one home folder/],
    [['scan', '--endpoint', '.', '--format', 'sarif'], /text or JSON/],
    [['scan', '.', '-o', 'x'], /--output is for/],
    [['scan', '--endpoint', 'nowhere'], /nowhere/],
  ];
  for (const [args, said] of wrong) {
    const { stderr, code } = await ancile(args, { cwd });
    expect(stderr, args.join(' ')).toMatch(said);
    expect(code, args.join(' ')).toBe(2);
  }
});

// What the pages print as configuration, rules, cases, policies or code is read by what would read it in earnest.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../src/config/index.ts';
import { Config, LedgerRecord } from '../src/contract/index.ts';
import { parseRules } from '../src/detect/index.ts';
import { parseMonitorRules } from '../src/monitor/index.ts';
import { PolicyManifest, checkPolicySet, testPolicySet } from '../src/policy/index.ts';
import { type CodeBlock, ROOT, codeBlocks, pages } from './docs-pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'ancile-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Placed extends CodeBlock {
  /** `docs/cli.md:12` */
  readonly place: string;
}

const all = pages();
const blocks = (...languages: string[]): Placed[] =>
  all.flatMap(({ name, text }) =>
    codeBlocks(text, languages).map((block) => ({ ...block, place: `${name}:${block.line}` })),
  );

/** Writes a policy set and gives its folder. */
function policySet(cedar: string, cases?: string): string {
  const manifest = {
    name: 'docs',
    version: '1',
    onFault: { detect: 'deny', policy: 'deny', ledger: 'deny', budget: 'deny' },
    policies: ['docs.cedar'],
    ...(cases === undefined ? {} : { cases: 'cases.yaml' }),
  };
  writeFileSync(join(folder, 'policy-set.yaml'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'docs.cedar'), cedar);
  if (cases !== undefined) writeFileSync(join(folder, 'cases.yaml'), cases);
  return folder;
}

const PERMIT = '@id("permit") @action("allow") @reason("all") permit (principal, action, resource);';

/** What a YAML block is, by its keys, and whether it is right. Other YAML is only read. */
function readYaml({ text, place }: Placed): string {
  const value: unknown = parse(text);
  const keys = Object.keys(typeof value === 'object' && value !== null ? value : {});
  const has = (key: string): boolean => keys.includes(key);
  if (has('onFault') && has('policies')) {
    PolicyManifest.parse(value);
    return 'manifest';
  }
  if (has('cases')) {
    // Against a set that permits all, the cases themselves may fail; that they are cases is what is asked.
    testPolicySet(policySet(PERMIT, text));
    return 'cases';
  }
  if (has('tune') || (has('rules') && /^ {4}when:/m.test(text))) {
    parseMonitorRules(text, place);
    return 'monitoring rules';
  }
  if (has('rules')) {
    parseRules(text, place);
    return 'rules';
  }
  if (keys.length > 0 && keys.every((key) => Object.hasOwn(Config.shape, key))) {
    parseConfig(text, place);
    return 'config';
  }
  return 'other';
}

it('prints YAML that loads', () => {
  const kinds = blocks('yaml').map((block) => {
    try {
      return readYaml(block);
    } catch (thrown) {
      throw new Error(`${block.place}: ${(thrown as Error).message}`, { cause: thrown });
    }
  });
  expect(kinds.filter((kind) => kind === 'config').length).toBeGreaterThan(4);
  for (const kind of ['manifest', 'cases']) expect(kinds).toContain(kind);
});

it('prints policies that Cedar and the vocabulary accept', () => {
  const found = blocks('cedar');
  for (const { text, place } of found) {
    const { problems } = checkPolicySet(policySet(text));
    expect(problems, `${place}: ${problems[0]?.message}`).toEqual([]);
  }
  expect(found.length).toBeGreaterThan(6);
});

it('prints JSON that is JSON', () => {
  for (const { text, place } of blocks('json')) expect(() => void JSON.parse(text), place).not.toThrow();
});

it('names every kind of record', () => {
  const page = all.find(({ name }) => name === 'docs/cli.md')!.text;
  for (const { shape } of LedgerRecord.options) expect(page).toContain(`\`${shape.kind.value}\``);
});

/** A block's path among the sources: the one it names in its first line, else one of its own. */
function pathOf({ text }: Placed, index: number): string {
  const named = /^\/\/ (src\/\S+\.ts)$/m.exec(text.split('\n')[0]!)?.[1];
  return join(ROOT, named ?? `docs-block-${index}.ts`);
}

it('prints code that compiles', () => {
  const ours = /^(README\.md|docs\/guides\/)/;
  const placed = blocks('ts').filter(({ place, text }) => ours.test(place) && /^import /m.test(text));
  const sources = new Map(placed.map((block, index) => [pathOf(block, index), block]));
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...(config as object), include: [] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.fileExists = (path) => sources.has(path) || fileExists.call(host, path);
  host.readFile = (path) => sources.get(path)?.text.replaceAll("'ancile'", "'./src/index.ts'") ?? readFile(path);
  host.getSourceFile = (path, target) => {
    const text = host.readFile(path);
    return text === undefined ? undefined : ts.createSourceFile(path, text, target);
  };
  // Only the blocks are asked: the sources they lean on have a gate of their own.
  const program = ts.createProgram([...sources.keys()], options, host);
  const wrong = [...sources].flatMap(([path, { place }]) => {
    const file = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start }) =>
        `${place}+${file.getLineAndCharacterOfPosition(start ?? 0).line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
  expect(wrong).toEqual([]);
  expect(placed.length).toBeGreaterThan(6);
}, 180_000);

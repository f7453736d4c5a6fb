// Configurations of Hugging Face's libraries: what a model is built as, what it was made from, and how it is meant to be run.
import type { FactBook } from '../fact-book.ts';
import { list, readJson, record, scalar, text, type Values } from '../values.ts';
import type { Reader } from './reader.ts';

/** Members that become properties, by file. */
const PROPERTIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'config.json': {
    torch_dtype: 'dtype',
    dtype: 'dtype',
    max_position_embeddings: 'context-length',
    n_positions: 'context-length',
    vocab_size: 'vocabulary-size',
    hidden_size: 'hidden-size',
    num_hidden_layers: 'layers',
    num_attention_heads: 'attention-heads',
    num_key_value_heads: 'key-value-heads',
    transformers_version: 'transformers-version',
    // Where it was loaded from when it was saved: often a folder of its maker's, so no base model.
    _name_or_path: 'loaded-from',
  },
  'generation_config.json': {
    temperature: 'generation:temperature',
    top_p: 'generation:top-p',
    top_k: 'generation:top-k',
    max_new_tokens: 'generation:max-new-tokens',
    max_length: 'generation:max-length',
    repetition_penalty: 'generation:repetition-penalty',
    do_sample: 'generation:do-sample',
  },
  'tokenizer_config.json': { tokenizer_class: 'tokenizer', model_max_length: 'tokenizer-max-length' },
  'adapter_config.json': {
    peft_type: 'adapter:type',
    r: 'adapter:rank',
    lora_alpha: 'adapter:alpha',
    lora_dropout: 'adapter:dropout',
    peft_version: 'adapter:peft-version',
  },
  'model_index.json': { _diffusers_version: 'diffusers-version' },
};

const SPECIAL: Readonly<Record<string, (config: Values, book: FactBook) => void>> = {
  'config.json'(config, book) {
    book.say('architectureFamily', text(config['model_type']));
    for (const each of list(config['architectures'])) book.say('architecture', text(each));
    const { quant_method, bits, load_in_4bit, load_in_8bit } = record(config['quantization_config']);
    const width = scalar(bits) ?? (load_in_4bit === true ? '4' : load_in_8bit === true ? '8' : undefined);
    book.property('quantisation', text(quant_method));
    book.property('quantisation-bits', width);
    // Code of the repository that a loader would run.
    for (const [name, code] of Object.entries(record(config['auto_map'])).slice(0, 20)) {
      for (const each of Array.isArray(code) ? list(code) : [code]) {
        if (typeof each === 'string') book.property('remote-code', `${name}=${each}`);
      }
    }
  },
  'adapter_config.json'(config, book) {
    const base = text(config['base_model_name_or_path']) ?? '';
    const revision = text(config['revision']);
    // A folder of somebody's disk is no name on the Hub; two names and a stroke may be either.
    book.baseModel(base, false, { relation: 'adapter', ...(revision === undefined ? {} : { version: revision }) });
    book.property('adapter:task', text(config['task_type']));
    book.property(
      'adapter:modules',
      list(config['target_modules'])
        .filter((each) => typeof each === 'string')
        .join(', '),
    );
  },
  'model_index.json': (config, book) => book.say('architecture', text(config['_class_name'])),
};

export const configuration: Reader = {
  match: (path) => Object.hasOwn(PROPERTIES, path),
  read(bytes, book) {
    const config = record(readJson(bytes));
    SPECIAL[book.source]?.(config, book);
    for (const [member, property] of Object.entries(PROPERTIES[book.source] ?? {})) {
      const value = config[member];
      // What Python writes for "as long as you like".
      if (typeof value !== 'number' || Math.abs(value) < 1e15) book.property(property, scalar(value));
    }
  },
};

/** Facts of a download from the Hub that its client leaves beside the files: the commit. */
export const download: Reader = {
  match: (path) =>
    /^\.cache\/huggingface\/download\/(?:config\.json|README\.md|model\.safetensors)\.metadata$/.test(path),
  read(bytes, book) {
    const [commit = ''] = Buffer.from(bytes.read(0, 200)).toString('latin1').split('\n');
    if (/^[0-9a-f]{40}$/.test(commit)) book.say('version', commit);
  },
};

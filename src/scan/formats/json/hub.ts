// What the JSON files of a model repository name: code of repositories, modules to import, files of weights.
import { isJsonObject, type JsonObject, type JsonTree } from '../../../reader/index.ts';
import type { Look } from '../../format.ts';
import { escapes } from '../path.ts';
import { gradeName, isDotted, severityOf, whatItDoes } from '../python-name.ts';
import { entries, has, items, member, text } from './access.ts';

/** Reports a dotted name that a loader imports. `own` are names that this loader imports all the time. */
export function lookAtImport(name: string, by: string, own: RegExp, at: number, look: Look): void {
  if (own.test(name)) return;
  const grade = gradeName(name);
  const whole = gradeName(name.slice(0, Math.max(0, name.lastIndexOf('.'))));
  const acting = grade.level === 'acts' ? grade : whole.level === 'acts' ? whole : undefined;
  if (acting !== undefined) {
    look.report('json.import', {
      message: `${by} names ${name}, which ${whatItDoes(acting)}`,
      severity: severityOf(acting),
      capability: acting.capability!,
      offset: at,
    });
  } else if (grade.level === 'core' || grade.level === 'harmless') {
    look.report('json.import', {
      message: `${by} names ${name}, which is of Python itself and no part of a model`,
      severity: 'high',
      capability: 'import',
      offset: at,
    });
  } else if (grade.level === 'unlisted') {
    look.report('json.own-code', {
      message: `${by} names ${name}, code of the repository or of the loading program`,
      offset: at,
    });
  }
}

/** Every string of a value that may be a string, a list or an object of strings. */
function* strings(value: JsonTree | undefined): Generator<string> {
  if (typeof value === 'string') yield value;
  else
    for (const each of [...items(value), ...entries(value).map(([, inner]) => inner)])
      if (typeof each === 'string') yield each;
}

/** `auto_map`, `custom_pipelines`: classes of Python files that lie beside the configuration, or in another repository. */
function lookAtCode(value: JsonTree | undefined, what: string, at: number, look: Look): void {
  for (const [, each] of entries(value)) {
    for (const name of strings(isJsonObject(each) ? member(each, 'impl') : each)) {
      const [place = '', foreign] = name.split('--', 2);
      if (escapes(name) !== undefined || /[\\]|\.\./.test(name) || (foreign === undefined && name.includes('/'))) {
        look.report('json.code-path', {
          message: `${what} names ${JSON.stringify(name)}, which leaves the repository`,
          capability: 'import',
          offset: at,
        });
      } else if (foreign !== undefined) {
        look.report('json.foreign-code', {
          message: `${what} runs ${foreign} of another repository, ${place}`,
          capability: 'import',
          offset: at,
        });
      } else if (isDotted(name)) {
        look.report('json.own-code', {
          message: `${what} names ${name}: code of this repository runs with trust_remote_code`,
          offset: at,
        });
      }
    }
  }
}

/** Sentence-transformers' list of modules. */
export function lookAtModules(list: readonly JsonTree[], look: Look): boolean {
  const modules = list.filter(
    (each): each is JsonObject => isJsonObject(each) && has(each, 'type') && has(each, 'path') && has(each, 'idx'),
  );
  for (const module of modules) {
    const type = text(module, 'type') ?? '';
    const path = text(module, 'path') ?? '';
    if (type.includes('--')) {
      look.report('json.foreign-code', {
        message: `a module is ${type}, code of another repository`,
        capability: 'import',
        offset: module.at,
      });
    } else if (type !== '') lookAtImport(type, 'a module', /^sentence_transformers\./, module.at, look);
    if (escapes(path) !== undefined) {
      look.report('json.path', {
        message: `a module is read from ${JSON.stringify(path)}, outside of the repository`,
        capability: 'file',
        offset: module.at,
      });
    }
  }
  return modules.length > 0;
}

/** Which tensor lies in which file. */
function lookAtWeightMap(map: JsonTree | undefined, look: Look): void {
  const seen = new Set<string>();
  for (const [, value] of entries(map)) {
    for (const file of strings(value)) {
      if (seen.has(file)) continue;
      seen.add(file);
      look.budget.step();
      if (escapes(file) !== undefined) {
        look.report('json.path', {
          message: `weights are read from ${JSON.stringify(file)}, outside of the repository`,
          capability: 'file',
          offset: isJsonObject(map) ? map.at : 0,
        });
      } else if (/\.(?:pkl|pickle|py|so|dll|joblib|exe|sh)$/i.test(file)) {
        look.report('json.weights', {
          message: `weights are read from ${JSON.stringify(file)}, which is no file of weights`,
          offset: isJsonObject(map) ? map.at : 0,
        });
      }
    }
  }
}

/** The components of a diffusers pipeline: `[library, class]`. */
function lookAtPipeline(top: JsonObject, look: Look): void {
  for (const [name, value] of top.entries) {
    const [library, className] = items(value);
    if (name.startsWith('_') && name !== '_class_name') continue;
    if (typeof library !== 'string' || typeof className !== 'string') continue;
    if (escapes(library) !== undefined) {
      look.report('json.code-path', {
        message: `the component ${name} is taken from ${JSON.stringify(library)}, outside of the repository`,
        capability: 'import',
        offset: top.at,
      });
    } else if (isDotted(library, 1)) {
      lookAtImport(
        `${library}.${className}`,
        `the component ${name}`,
        /^(?:diffusers|transformers|stable_diffusion|onnxruntime\.\w+|optimum|flax|torch\.nn)\./,
        top.at,
        look,
      );
    }
  }
}

/** TorchServe's manifest of an archive. */
function lookAtManifest(model: JsonTree, at: number, look: Look): void {
  for (const name of [
    'handler',
    'serializedFile',
    'modelFile',
    'requirementsFile',
    'configFile',
    'extraFiles',
    'envelope',
  ]) {
    for (const whole of strings(member(model, name))) {
      for (const path of whole.split(',')) {
        if (escapes(path.trim()) !== undefined) {
          look.report('json.path', {
            message: `the ${name} of the archive is ${JSON.stringify(path)}, outside of it`,
            severity: 'high',
            capability: name === 'handler' ? 'execute' : 'file',
            offset: at,
          });
        }
      }
    }
  }
  const handler = text(model, 'handler')?.replace(/\.py(?=$|:)/, '') ?? '';
  if (isDotted(handler.replace(':', '.'), 2))
    lookAtImport(handler.replace(':', '.'), 'the handler', /^ts\.torch_handler\./, at, look);
}

/** Code of repositories that any object of a configuration names: the parts of composite models have maps of their own. */
export function lookAtRemoteCode(value: JsonObject, look: Look): void {
  for (const name of ['auto_map', 'custom_pipelines']) lookAtCode(member(value, name), name, value.at, look);
  if (member(value, 'trust_remote_code') === true) {
    look.report('json.own-code', {
      message: 'asks for trust_remote_code: code of the repository runs',
      offset: value.at,
    });
  }
}

/** The top of a JSON file; a closer name where it is one of a model repository. */
export function lookAtHub(top: JsonObject, look: Look): string | undefined {
  const library = text(member(top, 'auto_mapping'), 'parent_library');
  if (library !== undefined) {
    const base = text(member(top, 'auto_mapping'), 'base_model_class') ?? 'Class';
    lookAtImport(
      `${library}.${base}`,
      'the adapter',
      /^(?:transformers|diffusers|peft|transformers_modules)\./,
      top.at,
      look,
    );
  }
  for (const name of ['activation_function', 'activation_fn', 'default_activation_function']) {
    for (const holder of [top, member(top, 'sentence_transformers')]) {
      const activation = text(holder, name);
      if (activation !== undefined && isDotted(activation))
        lookAtImport(activation, `its ${name}`, /^torch\.nn\./, top.at, look);
    }
  }
  const map = member(top, 'weight_map');
  if (isJsonObject(map)) {
    lookAtWeightMap(map, look);
    return 'weight-index';
  }
  if (
    has(top, '_diffusers_version') &&
    (has(top, '_class_name') || top.entries.some(([, value]) => items(value).length === 2))
  ) {
    lookAtPipeline(top, look);
    return 'diffusers-config';
  }
  const model = member(top, 'model');
  if (
    isJsonObject(model) &&
    (has(model, 'serializedFile') || has(model, 'handler')) &&
    (has(top, 'archiverVersion') || has(top, 'runtime') || has(model, 'modelName'))
  ) {
    lookAtManifest(model, top.at, look);
    return 'torchserve-manifest';
  }
  if (has(top, 'peft_type')) return 'adapter-config';
  if (has(top, 'tokenizer_class') || has(top, 'added_tokens_decoder')) return 'tokenizer-config';
  if (isJsonObject(model) && has(model, 'vocab')) return 'tokenizer';
  return has(top, 'model_type') || has(top, 'architectures') ? 'model-config' : undefined;
}

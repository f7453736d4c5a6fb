// One object of a Keras configuration: what Keras would import, build, call or read when it follows it.
import type { JsonObject, JsonTree } from '../../../reader/index.ts';
import type { Look } from '../../format.ts';
import { entries, items, member, text } from '../json/access.ts';
import { isClassLike } from '../python-name.ts';
import { escapes } from '../path.ts';
import { toCode, wordsOfCode } from './code.ts';
import { gradeKeras, kerasList, withinKeras } from './names.ts';

/** Builds values of its own; what they hold is looked at like everything else. */
const SPECIAL = new Set(
  '__keras_tensor__ __tensor__ __numpy__ __bytes__ __slice__ __ellipsis__ __tuple__ TensorShape'.split(' '),
);

/** Where TensorFlow Hub's modules have their addresses. */
const HUB = /^https:\/\/(?:tfhub\.dev|(?:www\.)?kaggle\.com|storage\.googleapis\.com\/tfhub)/;

/** Whether an object is one of a Keras configuration. */
export const isKerasObject = (value: JsonObject): boolean =>
  text(value, 'class_name') !== undefined &&
  value.entries.some(([name]) => name === 'config' || name === 'module' || name === 'registered_name');

/** What a name is called in a message: `os.system`. */
const full = (module: string | undefined, name: string): string => (module === undefined ? name : `${module}.${name}`);

function reportName(module: string | undefined, name: string, isFunction: boolean, at: number, look: Look): void {
  if (module === undefined || module === '') {
    // Only a class that the loading program registered has no module; a dotted name is looked up as it stands.
    const dot = name.lastIndexOf('.');
    if (dot > 0 && !name.includes('>')) reportName(name.slice(0, dot), name.slice(dot + 1), isFunction, at, look);
    return;
  }
  const grade = gradeKeras(module, name, isFunction);
  if (grade === undefined) return;
  const { severity, capability, does } = grade;
  const own = withinKeras(module) !== undefined;
  const rule = severity === 'low' ? 'keras.custom' : own ? 'keras.gadget' : 'keras.module';
  look.report(rule, {
    message: `the configuration makes Keras import ${full(module, name)}, which ${does}`,
    severity,
    offset: at,
    ...(capability === undefined ? {} : { capability }),
  });
}

/** Code in a list of Keras 2, `[code, defaults, closure]`, or as a string. */
function codeOf(value: JsonTree | undefined, told: Set<string>): Uint8Array | undefined {
  const first = items(value)[0] ?? value;
  if (typeof first !== 'string') return undefined;
  told.add(first);
  return toCode(first);
}

function reportCode(code: Uint8Array | undefined, what: string, at: number, look: Look): void {
  const words = code === undefined ? [] : wordsOfCode(code);
  const names = words.length === 0 ? '' : `; it names ${words.map((word) => JSON.stringify(word)).join(', ')}`;
  look.report('keras.code', {
    message: `${what} holds compiled Python code that runs when the model is loaded or used${names}`,
    capability: 'execute',
    offset: at,
  });
}

/** A Lambda layer: its function, its shape and its mask are code, or are named. */
function lookAtLambda(config: JsonTree | undefined, at: number, look: Look, told: Set<string>): void {
  for (const part of ['function', 'output_shape', 'mask']) {
    const value = member(config, part);
    const type = text(config, `${part}_type`);
    const module = text(config, part === 'function' ? 'module' : `${part}_module`);
    if (
      type === 'lambda' ||
      type === 'raw' ||
      items(value).some((each) => typeof each === 'string' && each.length > 40)
    ) {
      reportCode(codeOf(value, told), `the ${part} of a Lambda layer`, at, look);
    } else if (typeof value === 'string') {
      const code = codeOf(value, told);
      if (code !== undefined) reportCode(code, `the ${part} of a Lambda layer`, at, look);
      else reportName(module, value, true, at, look);
    }
  }
}

/** TensorFlow's own functions as layers, by name, and nodes of a graph as text. */
function lookAtOperation(config: JsonTree | undefined, at: number, look: Look): void {
  const { operations, nodes } = kerasList();
  const named = text(config, 'function')?.replace(/^(?:tf|tensorflow)\./, '');
  if (
    named !== undefined &&
    operations.some(
      (each) => named === each || named.startsWith(each.endsWith('.') ? each : `${each}.`) || named.startsWith(each),
    )
  ) {
    look.report('keras.operation', {
      message: `a layer calls tf.${named}, which reads, writes or runs something`,
      offset: at,
      capability:
        named.includes('py_func') || named.includes('PyFunc') || named.includes('numpy_function') ? 'execute' : 'file',
    });
  }
  const node = member(config, 'node_def');
  const op =
    text(node, 'op') ?? (typeof node === 'string' ? /\bop"?: ?\\?"(\w+)/.exec(node.slice(0, 10_000))?.[1] : undefined);
  if (op !== undefined && nodes.has(op)) {
    look.report('keras.operation', {
      message: `a layer is the operation ${op}, which reaches files, code or the network`,
      offset: at,
    });
  }
}

/** Arguments that are paths: of a vocabulary, of a model, of anything. */
function lookAtPaths(className: string, own: boolean, config: JsonTree | undefined, at: number, look: Look): void {
  const { vocabularies, paths } = kerasList();
  for (const [name, value] of entries(config)) {
    if (typeof value !== 'string' || value === '' || value.length > 4096) continue;
    const where = escapes(value);
    if (vocabularies.has(name)) {
      // Others hold a short text under such a name, or the file of SentencePiece itself.
      const lookup = /Lookup|TextVectorization|Tokenizer|Hashing|Vectorizer/.test(className);
      if (!lookup && where === undefined) continue;
      if ((name === 'proto' || name === 'spm_model') && where === undefined) continue;
      look.report('keras.path', {
        message: `${className} reads ${JSON.stringify(value)} as its ${name} when the model is loaded`,
        severity: where === undefined ? 'medium' : 'high',
        capability: where === 'network' ? 'network' : 'file',
        offset: at,
      });
    } else if (paths.has(name) && where !== undefined && !(name === 'handle' && HUB.test(value))) {
      look.report('keras.path', {
        message: `${className} is given ${JSON.stringify(value)} as its ${name}`,
        // Classes of the user do with their arguments what the user wrote.
        severity: own ? 'medium' : 'low',
        capability: where === 'network' ? 'network' : 'file',
        offset: at,
      });
    }
  }
}

/**
 * An object that `isKerasObject`.
 * @param told - strings of code that were reported already
 */
export function lookAtKeras(value: JsonObject, look: Look, told: Set<string>): void {
  const { at } = value;
  const className = text(value, 'class_name')!;
  const registered = text(value, 'registered_name');
  const module = text(value, 'module');
  const config = member(value, 'config');
  if (className === '__lambda__') {
    const code = text(config, 'code') ?? text(config, 'value') ?? items(member(config, 'value'))[0];
    reportCode(codeOf(code ?? member(config, 'code') ?? config, told), 'a lambda', at, look);
    return;
  }
  if (SPECIAL.has(className)) return;
  if (className === '__typespec__') {
    const spec = text(value, 'spec_name');
    if (spec !== undefined) reportName(module, spec, false, at, look);
    return;
  }
  if (className === 'function') {
    // Which of the two is looked up depends on the version.
    for (const name of new Set([config, registered]))
      if (typeof name === 'string') reportName(module, name, true, at, look);
    return;
  }
  reportName(module, className, !isClassLike(className), at, look);
  // Keras falls back on the registered name within the module.
  if (registered !== undefined && registered !== className && !registered.includes('>')) {
    reportName(module, registered, !isClassLike(registered), at, look);
  }
  const name = className.slice(className.lastIndexOf('>') + 1);
  const loaders = kerasList().loaders;
  const loader = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  if (loader !== undefined) {
    const { severity, capability, does } = loader;
    look.report('keras.loader', {
      message: `${name} ${does} when the model is loaded`,
      severity,
      capability,
      offset: at,
    });
  }
  if (name === 'Lambda') lookAtLambda(config, at, look, told);
  if (
    /^(?:TFOpLambda|TensorFlowOpLayer|SlicingOpLambda|ClassMethod|InstanceMethod|TFClassMethodDispatcher)$/.test(name)
  ) {
    lookAtOperation(config, at, look);
  }
  lookAtPaths(name, module !== undefined && withinKeras(module) !== undefined, config, at, look);
}

/** Any string of a configuration: code where nobody looks for it. */
export function lookAtKerasText(value: string, at: number, look: Look): void {
  const code = toCode(value);
  if (code !== undefined) reportCode(code, 'a string', at, look);
}

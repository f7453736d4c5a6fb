// What a Keras configuration names by module and name: parts of Keras that compute, parts that load or write, other libraries.
import { z } from 'zod';
import { ScanCapability, Severity } from '../../../contract/index.ts';
import { shippedList } from '../../lists.ts';
import { gradeName, isClassLike, severityOf, whatItDoes } from '../python-name.ts';

const words = z.string().transform((text) => text.split(/\s+/).filter((word) => word !== ''));
const set = words.transform((list) => new Set(list));

export const kerasList = shippedList(
  'keras.yaml',
  z.strictObject({
    roots: words,
    classes: set,
    functions: set,
    gadgets: z.partialRecord(ScanCapability, words).transform((by) => {
      const gadgets = new Map<string, ScanCapability>();
      for (const [capability, names] of Object.entries(by) as [ScanCapability, string[]][])
        for (const name of names) gadgets.set(name, capability);
      return gadgets;
    }),
    lookups: set,
    harmless: words,
    loaders: z.record(z.string(), z.strictObject({ severity: Severity, capability: ScanCapability, does: z.string() })),
    vocabularies: set,
    paths: set,
    operations: words,
    nodes: set,
  }),
);

export interface KerasName {
  readonly severity: Severity;
  readonly capability?: ScanCapability;
  /** For a sentence: `runs commands or code`. */
  readonly does: string;
}

/** The module from the root of Keras on: `layers` of `keras.src.layers`, empty for the root; undefined for other libraries. */
export function withinKeras(module: string): string | undefined {
  for (const root of kerasList().roots) {
    if (module === root) return '';
    if (module.startsWith(`${root}.`)) return module.slice(root.length + 1);
  }
  return undefined;
}

function ofKeras(module: string, name: string, isFunction: boolean): KerasName | undefined {
  const { classes, functions, gadgets, lookups, harmless } = kerasList();
  const full = module === '' ? name : `${module}.${name}`;
  if (harmless.some((each) => full === each || full.startsWith(`${each}.`))) return undefined;
  for (let prefix = full; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
    const capability = gadgets.get(prefix);
    if (capability !== undefined)
      return { severity: 'high', capability, does: whatItDoes({ level: 'acts', capability }) };
  }
  if (lookups.has(name)) {
    return { severity: 'high', capability: 'deserialize', does: 'builds or loads whatever it is told to' };
  }
  const [first = ''] = module.split('.', 1);
  if (!isFunction && isClassLike(name) && (module === '' || classes.has(first))) return undefined;
  if (isFunction || !isClassLike(name)) {
    if (functions.has(first)) return undefined;
    // Models of this module fetch their weights; what prepares their input only computes.
    if (first === 'applications' && name === 'preprocess_input') return undefined;
  }
  return { severity: 'medium', does: 'is no part of a model' };
}

/**
 * What is wrong with a name; undefined where nothing is, `low` where the loading program must have it.
 * @param isFunction - whether the configuration says that it is a function, or it is called without being built
 */
export function gradeKeras(module: string, name: string, isFunction: boolean): KerasName | undefined {
  const within = withinKeras(module);
  if (within !== undefined) {
    const reached = gradeName(`keras.${within}.${name}`);
    if (reached.level === 'acts')
      return { severity: severityOf(reached), capability: reached.capability!, does: whatItDoes(reached) };
    return ofKeras(within, name, isFunction);
  }
  if (module === 'builtins' && kerasList().lookups.has(name)) {
    return { severity: 'high', capability: 'deserialize', does: 'builds or loads whatever it is told to' };
  }
  const grade = gradeName(`${module}.${name}`);
  const whole = gradeName(module);
  const acting = grade.level === 'acts' ? grade : whole.level === 'acts' ? whole : undefined;
  if (acting !== undefined) {
    return { severity: severityOf(acting), capability: acting.capability!, does: whatItDoes(acting) };
  }
  if (grade.level === 'known') return undefined;
  if (grade.level === 'core' || grade.level === 'harmless') {
    if (grade.level === 'harmless' && module === 'builtins') return undefined;
    return module === 'builtins'
      ? { severity: 'low', does: 'is a function of the loading program' }
      : { severity: 'high', capability: 'import', does: 'is of Python itself and no part of a model' };
  }
  return isClassLike(name) || module === '__main__'
    ? { severity: 'low', does: 'is a class of the loading program' }
    : { severity: 'medium', capability: 'import', does: 'is a function of a module that is not known' };
}

// The schema of a skops file: a tree of nodes, each with the loader that builds it and the name that it imports or calls.
import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonTree } from '../../../reader/index.ts';
import type { Severity } from '../../../contract/index.ts';
import type { Look } from '../../format.ts';
import { shippedList } from '../../lists.ts';
import { member, text } from '../json/access.ts';
import { escapes } from '../path.ts';
import { gradeName, isClassLike, severityOf, whatItDoes } from '../python-name.ts';

const set = z.string().transform((words) => new Set(words.split(/\s+/).filter((word) => word !== '')));
const list = shippedList('skops.yaml', z.strictObject({ loaders: set, libraries: set, methods: set }));

/** Plain values: skops reads them as JSON, whatever they are called. */
const PLAIN = new Set(['JsonNode', 'CachedNode']);
/** Loaders that call the name that they hold, or hand it on to be called. */
const CALLS = new Set(['FunctionNode', 'TypeNode', 'PartialNode', 'ConstructorFromReduceNode', 'ReduceNode']);
const OPERATORS = new Set(['attrgetter', 'itemgetter', 'methodcaller']);

export const isSkopsNode = (value: JsonObject): boolean => {
  const loader = text(value, '__loader__');
  return loader !== undefined || (text(value, '__class__') !== undefined && text(value, '__module__') !== undefined);
};

/** Whether strings below a node, in the JSON that plain values are written as too, name private attributes. */
function reachesPrivate(value: JsonTree | undefined): boolean {
  const stack = [value];
  for (let left = 2000, top = stack.pop(); top !== undefined && left > 0; left--, top = stack.pop()) {
    if (typeof top === 'string' && /__\w+__/.test(top) && !/^__(?:main|future)__$/.test(top)) return true;
    if (typeof top !== 'object' || top === null) continue;
    if (top.kind === 'list') stack.push(...top.items.slice(0, 500));
    else
      for (const [name, each] of top.entries)
        if (!/^__(?:class|module|loader|id|reduce)__$/.test(name)) stack.push(each);
  }
  return false;
}

function lookAtOperator(value: JsonObject, module: string, name: string, look: Look): void {
  if (module === 'operator' && OPERATORS.has(name)) {
    const isPrivate = reachesPrivate(member(value, 'attrs'));
    if (isPrivate || name === 'methodcaller') {
      look.report('skops.operator', {
        message: `makes operator.${name}${isPrivate ? ', which reaches private attributes' : ', which calls any method'}`,
        severity: isPrivate ? 'high' : 'medium',
        capability: 'attribute',
        offset: value.at,
      });
    }
    return;
  }
  look.report('skops.operator', {
    message: `calls ${module}.${name} with arguments of the file (CVE-2025-54412)`,
    capability: 'execute',
    offset: value.at,
  });
}

function lookAtMethod(value: JsonObject, module: string, name: string, look: Look): void {
  const content = member(value, 'content');
  const func = text(content, 'func') ?? '';
  const owner = member(content, 'obj');
  const [ownerModule = '', ownerName = ''] = [text(owner, '__module__'), text(owner, '__class__')];
  const differs = isJsonObject(owner) && (ownerModule !== module || ownerName !== name);
  const acting = [gradeName(`${ownerModule}.${func}`), gradeName(ownerModule)].find(({ level }) => level === 'acts');
  if (acting !== undefined || differs || /^__\w+__$/.test(func) || list().methods.has(func)) {
    look.report('skops.method', {
      message: `reaches ${ownerModule}.${ownerName}.${func}${differs ? `, and calls it ${module}.${name}` : ''} (CVE-2025-54413)`,
      ...(acting === undefined ? {} : { severity: severityOf(acting) }),
      capability: 'attribute',
      offset: value.at,
    });
  }
}

/** What is wrong with an imported name; undefined where nothing is. */
function gradeNode(loader: string, module: string, name: string): { severity: Severity; why: string } | undefined {
  const grade = gradeName(`${module}.${name}`);
  // A name with dots is looked up as it stands, or is meant for a reader who joins it to the module.
  const inner = name.includes('.') ? gradeName(name) : undefined;
  const acting = [grade, gradeName(module), inner].find((each) => each?.level === 'acts');
  if (acting !== undefined) return { severity: severityOf(acting), why: whatItDoes(acting) };
  if (name.includes('.') || /^__\w+__$/.test(name))
    return { severity: 'high', why: 'is an attribute of something else' };
  if (grade.level === 'core') return { severity: 'high', why: whatItDoes(grade) };
  const [library = ''] = module.split('.', 1);
  if (list().libraries.has(library) || grade.level === 'known' || grade.level === 'harmless') return undefined;
  if (CALLS.has(loader) && !isClassLike(name)) return { severity: 'medium', why: 'is a function that is not known' };
  return { severity: 'low', why: 'is a class of the loading program' };
}

/** An object that `isSkopsNode`. */
export function lookAtSkops(value: JsonObject, look: Look): void {
  const loader = text(value, '__loader__') ?? '';
  const module = text(value, '__module__') ?? '';
  const name = text(value, '__class__') ?? '';
  const { at } = value;
  if (loader !== '' && !list().loaders.has(loader)) {
    look.report('skops.loader', {
      message: `has a node of the kind ${JSON.stringify(loader)}, which is none of skops`,
      offset: at,
    });
  }
  for (const file of [text(value, 'file'), text(value, 'file_name')]) {
    if (file === undefined || escapes(file) === undefined) continue;
    look.report('skops.path', {
      message: `reads ${JSON.stringify(file)}, outside of the archive`,
      capability: 'file',
      offset: at,
    });
  }
  if (PLAIN.has(loader) || (module === '' && name === '')) return;
  if (loader === 'OperatorFuncNode') return lookAtOperator(value, module, name, look);
  if (loader === 'MethodNode') lookAtMethod(value, module, name, look);
  const grade = gradeNode(loader, module, name);
  if (grade === undefined) return;
  const { severity, why } = grade;
  look.report(severity === 'low' ? 'skops.custom' : 'skops.name', {
    message: `${loader === '' ? 'a node' : loader} imports ${module}.${name}, which ${why}`,
    severity,
    offset: at,
    ...(severity === 'low' ? {} : { capability: gradeName(`${module}.${name}`).capability ?? 'import' }),
  });
}

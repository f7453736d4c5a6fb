// Objects that a JSON file describes to libraries which build them: Hydra, jsonpickle, LangChain, .NET, Java, mmengine.
import type { JsonObject } from '../../../reader/index.ts';
import type { ScanCapability } from '../../../contract/index.ts';
import type { Look } from '../../format.ts';
import { items, member, text } from './access.ts';
import { gradeName, isDotted, severityOf, whatItDoes } from '../python-name.ts';

/** Members whose value is imported, called or built by the libraries that know them. */
const TARGETS = new Set([
  '_target_',
  '_component_',
  'class_path',
  'py/object',
  'py/type',
  'py/function',
  'py/class',
  'py/mod',
  'py/repr',
  '_fn_',
  '_name_',
  '__target__',
]);
/** Members that may be imported by a program of the model's: looked at for what acts only. */
const MAYBE =
  /(?:^|_)(?:target|class|cls|type|function|func|fn|callable|callback|hook|handler|factory|entry_?point|impl|loader|library|parent_library|module|package|import|plugin|activation|initializer)$/i;
/** Others are read and written by many programs that say so in their configuration. */
const REACHING = new Set<ScanCapability>(['execute', 'import', 'attribute', 'native']);
/** Single words that are modules of Python and nothing else. */
const MODULES = new Set(
  'os subprocess sys builtins importlib runpy ctypes posix pty shutil socket pickle marshal'.split(' '),
);
/** Types that are built by .NET and Java serialisers, and run what they are given. */
const GADGETS =
  /System\.(?:Diagnostics\.Process|Windows\.Data\.ObjectDataProvider|Configuration\.Install|Management\.Automation|Activities|Runtime\.Remoting)|com\.sun\.rowset\.JdbcRowSetImpl|javax\.script\.ScriptEngineManager|org\.apache\.(?:commons\.(?:collections|configuration)|xbean|ibatis|tomcat\.dbcp)|ch\.qos\.logback|org\.springframework\.(?:beans|context)|javax\.naming/;

function reportTarget(name: string, value: string, at: number, look: Look): void {
  if (!isDotted(value) && !(value.includes(':') && isDotted(value.replace(':', '.')))) {
    if (value.includes('${')) {
      look.report('json.target', {
        message: `${name} is put together as the file is read: ${JSON.stringify(value)}`,
        severity: 'medium',
        offset: at,
      });
    }
    return;
  }
  const grade = gradeName(value);
  if (grade.level === 'known' || grade.level === 'harmless') return;
  if (grade.level === 'unlisted') {
    look.report('json.own-code', { message: `${name} names ${value}, code of the loading program`, offset: at });
    return;
  }
  look.report('json.target', {
    message: `${name} names ${value}, which ${whatItDoes(grade)}`,
    severity: severityOf(grade),
    ...(grade.capability === undefined ? {} : { capability: grade.capability }),
    offset: at,
  });
}

/** What any object of a JSON or YAML file would make a library build. */
export function lookAtObject(value: JsonObject, look: Look): void {
  const { at } = value;
  for (const [name, inner] of value.entries) {
    if (name === 'py/reduce' || name === 'py/newargs' || name === 'py/newargsex' || name === 'py/initargs') {
      look.report('json.pickled', {
        message: `${name}: jsonpickle calls what stands here as it reads the file`,
        capability: 'execute',
        offset: at,
      });
    }
    if (typeof inner !== 'string' || inner.length > 2000) continue;
    if (TARGETS.has(name)) reportTarget(name, inner, at, look);
    else if (MAYBE.test(name) && name !== 'loader_module') {
      // That of MLflow has a rule of its own.
      const grade =
        isDotted(inner) || (/module|library|package|import/i.test(name) && MODULES.has(inner))
          ? gradeName(inner)
          : undefined;
      if (grade?.level === 'acts' && REACHING.has(grade.capability!)) {
        look.report('json.target', {
          message: `${name} is ${inner}, which ${whatItDoes(grade)}`,
          severity: 'high',
          capability: grade.capability!,
          offset: at,
        });
      }
    }
    if ((name === '$type' || name === '@class' || name === '@type' || name === 'class') && GADGETS.test(inner)) {
      look.report('json.gadget', {
        message: `${name} is ${inner}, which runs what it is given when it is built`,
        capability: 'execute',
        offset: at,
      });
    }
  }
  if (member(value, 'lc') === 1) {
    const path = items(member(value, 'id'))
      .filter((each) => typeof each === 'string')
      .join('.');
    if (text(value, 'type') === 'secret') {
      look.report('json.secret-reference', {
        message: `LangChain puts the environment variable ${path} here as it loads the file`,
        capability: 'file',
        offset: at,
      });
    } else if (path !== '' && !/^langchain/.test(path)) reportTarget('id', path, at, look);
  }
}

// Tags of YAML that make a loader build objects of code: PyYAML's, HyperPyYAML's, and those of Ruby, Java and JavaScript.
import type { Severity } from '../../../contract/index.ts';
import type { Look } from '../../format.ts';
import { gradeName, severityOf, whatItDoes } from '../python-name.ts';

const CORE = 'tag:yaml.org,2002:';
/** Plain values of Python. */
const PLAIN = new Set('tuple str unicode none bool int long float complex bytes list dict'.split(' '));
const HYPER = /^!(new|name|apply|module):(.*)$/s;

const decode = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));

function reportPython(kind: string, name: string, offset: number, look: Look): void {
  const named = kind === 'name' || kind === 'module';
  // PyYAML takes a name without a module for one of `builtins`.
  const full = name.includes('.') || kind === 'module' ? name : `builtins.${name}`;
  const grade = gradeName(full);
  const does = named ? 'looks up' : 'calls';
  let severity: Severity = severityOf(grade);
  if (grade.level === 'unlisted') severity = named ? 'low' : 'medium';
  if (grade.level === 'core') severity = named ? 'medium' : 'high';
  look.report(severity === 'low' ? 'yaml.object' : 'yaml.code', {
    message: `an unsafe loader ${does} ${full}${severity === 'low' ? '' : `, which ${whatItDoes(grade)}`}`,
    severity,
    ...(grade.capability === undefined ? {} : { capability: grade.capability }),
    offset,
  });
}

function reportHyper(kind: string, name: string, offset: number, look: Look): void {
  const grade = gradeName(name);
  if (grade.level === 'known' || grade.level === 'harmless') return;
  const isOwn = grade.level === 'unlisted';
  look.report(isOwn ? 'yaml.object' : 'yaml.code', {
    message: `HyperPyYAML ${kind === 'name' || kind === 'module' ? 'looks up' : 'calls'} ${name}${isOwn ? '' : `, which ${whatItDoes(grade)}`}`,
    severity: isOwn ? 'low' : severityOf(grade),
    ...(grade.capability === undefined ? {} : { capability: grade.capability }),
    offset,
  });
}

/** @param tag - resolved, as far as its handle was known */
export function lookAtTag(tag: string, offset: number, look: Look): void {
  const whole = decode(tag.slice(0, 2000));
  const short = whole.startsWith(CORE) ? whole.slice(CORE.length) : whole.replace(/^!+/, '');
  const python = /^python\/([\w/]+?)(?::(.*))?$/s.exec(short);
  if (python !== null) {
    const [, kind = '', name = ''] = python;
    if (PLAIN.has(kind)) return;
    return reportPython(kind, name, offset, look);
  }
  const hyper = HYPER.exec(whole);
  if (hyper !== null) return reportHyper(hyper[1]!, hyper[2]!.trim(), offset, look);
  if (
    /^(?:ruby\/|perl\/|js\/function|java(?:x)?\.|com\.|org\.|sun\.|net\.)/.test(short) ||
    /^(?:object|hash|code):/.test(short)
  ) {
    const isCode = /^ruby\/(?:object|hash|struct|class|module)|^js\/function|^javax?\.|^(?:com|org|sun|net)\./.test(
      short,
    );
    look.report(isCode ? 'yaml.code' : 'yaml.object', {
      message: `an unsafe loader of another language builds ${short}`,
      severity: isCode ? 'high' : 'low',
      ...(isCode ? { capability: 'execute' as const } : {}),
      offset,
    });
  }
}

/** Tags as they are written, where the text cannot be parsed: shorthand, verbatim, percent-coded, behind a handle of the file's own. */
const WRITTEN =
  /!(?:<[^>\n]{0,60}|[\w-]*!)?(?:python(?:\/|%2f)[\w/%]{1,40}[:%][\w.%/]{0,300}|(?:new|apply|name):[\w.]{1,300})/gi;

/** What stands behind the handle of a tag. */
export const bodyOf = (tag: string): string =>
  decode(tag).replace(/^(?:tag:yaml\.org,2002:|!<(?:tag:yaml\.org,2002:)?|![\w-]*!|!)/, '');

/** @param seen - what stands behind the handles of tags that were looked at already */
export function lookAtWritten(text: string, seen: ReadonlySet<string>, look: Look): void {
  for (const found of text.matchAll(WRITTEN)) {
    look.budget.step(16);
    // Behind a comment sign it is none.
    const line = text.slice(Math.max(0, found.index - 500), found.index);
    if (/(?:^|[\n\s])#[^\n]*$/.test(line) || seen.has(bodyOf(found[0]))) continue;
    const written = found[0].replace(/^!(?:<(?:tag:yaml\.org,2002:)?|[\w-]*!)/, '!!');
    lookAtTag(/^!(?:new|apply|name):/.test(found[0]) ? found[0] : written, found.index, look);
  }
}

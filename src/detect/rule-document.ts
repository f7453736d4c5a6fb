// A file of rules (YAML) opened so that whatever is wrong with it is told with file, line and rule.
import { LineCounter, parseDocument } from 'yaml';
import { AncileError } from '../base/index.ts';

const MAX_FILE = 1_000_000;

/** What is wrong at a place of the file: `['rules', 3, 'pattern']`. */
export class RuleFault extends Error {
  readonly path: readonly (string | number)[];
  constructor(path: readonly (string | number)[], message: string) {
    super(message);
    this.path = path;
  }
}

/**
 * What `read` makes of a rule file's value.
 * @param file its name, for errors
 * @param hint where such files are described
 * @param read throws a `RuleFault` at what is wrong
 * @throws AncileError `rules_invalid`, `at` naming file, line and rule
 */
export function readRuleDocument<T>(yamlText: string, file: string, hint: string, read: (value: unknown) => T): T {
  if (yamlText.length > MAX_FILE) {
    throw new AncileError('rules_invalid', 'the rule file is too large', {
      at: file,
      hint: 'Split it: 1 MB is the most.',
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter: lines, merge: false });
  const fail = (offset: number, where: string, message: string): never => {
    throw new AncileError('rules_invalid', `${file}: ${message}`, {
      at: `${file}:${lines.linePos(offset).line}${where}`,
      hint,
    });
  };
  const broken = document.errors[0];
  if (broken !== undefined) fail(broken.pos[0], '', broken.message.split('\n')[0]!);
  const failAt = (path: readonly (string | number)[], message: string): never => {
    let offset = 0;
    for (let depth = path.length; depth >= 0; depth--) {
      const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
      const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
      if (Array.isArray(range)) {
        offset = Number(range[0]);
        break;
      }
    }
    const id: unknown = path[0] === 'rules' && path.length > 1 ? document.getIn(['rules', path[1], 'id']) : undefined;
    const rule = typeof id === 'string' ? ` rule ${id.slice(0, 80)}` : '';
    return fail(offset, rule, `${path.join('.')}: ${message}`);
  };
  try {
    return read(document.toJS({ maxAliasCount: 20 }));
  } catch (thrown) {
    if (thrown instanceof RuleFault) return failAt(thrown.path, thrown.message);
    throw thrown;
  }
}

/** Rules made one by one, of which no two may have the same id. */
export function mapRules<R extends { readonly id: string }, T>(
  rules: readonly R[],
  make: (rule: R, index: number) => T,
): T[] {
  const ids = new Set<string>();
  return rules.map((rule, index) => {
    if (ids.has(rule.id)) throw new RuleFault(['rules', index, 'id'], `"${rule.id}" is there twice`);
    ids.add(rule.id);
    return make(rule, index);
  });
}

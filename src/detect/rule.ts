// Rules as data: the schema of a rule file, and its reading with errors that name file, rule and line.
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { AncileError } from '../base/index.ts';
import { Channel, FindingClass, Severity } from '../contract/index.ts';
import { foldLower } from './fold.ts';
import { compilePattern, findPatternFault } from './rule-pattern.ts';

const MAX_FILE = 1_000_000;
const Keyword = z.string().min(2).max(80);
const WordList = z.array(z.string().min(1).max(80)).min(1).max(300);

const Rule = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z_]+(\.[a-z0-9_]+)+$/, 'expected class.name in lower case, such as injection.override')
    .max(80)
    .describe('stable name; the first part is the class'),
  class: FindingClass,
  severity: Severity,
  score: z.number().gt(0).max(0.99).describe('how sure a match is, 0..1'),
  maturity: z.enum(['stable', 'experimental']),
  channels: z.array(Channel).min(1).optional().describe('channels it judges; absent: all but system'),
  languages: z.array(z.string().regex(/^[a-z]{2,3}$/, 'expected an ISO 639 code')).min(1),
  techniques: z.array(
    z.string().regex(/^(AML\.T\d{4}(\.\d{3})?|LLM\d\d:2025|ASI\d\d)$/, 'expected an ATLAS or OWASP id'),
  ),
  message: z.string().min(10).max(300).describe('what a match means, one sentence'),
  keywords: z
    .array(Keyword)
    .min(1)
    .max(600)
    .describe(
      'literals, one of which must be present; `{{name}}` stands for a word list; matched whole without a pattern',
    ),
  pattern: z.string().min(1).optional().describe('regular expression in lower case, tried only around a keyword'),
  window: z
    .int()
    .min(16)
    .max(400)
    .default(120)
    .describe('characters before and after the keyword that the pattern sees'),
});

const RuleFile = z.strictObject({
  words: z
    .record(z.string().regex(/^[a-z_]+$/), WordList)
    .default({})
    .describe('word lists, used as {{name}}'),
  rules: z.array(Rule).min(1).max(500),
});

/** A rule ready to be compiled: word lists put in, keywords and pattern checked. */
export type AttackRule = Readonly<z.infer<typeof Rule>>;

const REFERENCE = /\{\{([a-z_]+)\}\}/g;
const quote = (word: string): string => word.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&');

class RuleFault extends Error {
  readonly path: readonly (string | number)[];
  constructor(path: readonly (string | number)[], message: string) {
    super(message);
    this.path = path;
  }
}

function expandRule(rule: AttackRule, index: number, words: Readonly<Record<string, readonly string[]>>): AttackRule {
  const listOf = (name: string, key: string): readonly string[] => {
    if (Object.hasOwn(words, name)) return words[name]!;
    throw new RuleFault(
      ['rules', index, key],
      `no word list is named "${name}"; there is: ${Object.keys(words).join(', ')}`,
    );
  };
  const keywords = rule.keywords.flatMap((keyword) => {
    const name = /^\{\{([a-z_]+)\}\}$/.exec(keyword)?.[1];
    return name === undefined ? [keyword] : listOf(name, 'keywords');
  });
  for (const keyword of keywords) {
    if (foldLower(keyword).trim().length < 2 && !/[^\0-\x7f]/.test(keyword)) {
      throw new RuleFault(['rules', index, 'keywords'], `"${keyword}" is too short to gate a rule`);
    }
  }
  if (!rule.id.startsWith(`${rule.class}.`)) {
    throw new RuleFault(['rules', index, 'id'], `the id of a rule of class ${rule.class} begins with "${rule.class}."`);
  }
  if (rule.pattern === undefined) return { ...rule, keywords };
  const pattern = rule.pattern.replace(REFERENCE, (_, name: string) => {
    const alternatives = [...listOf(name, 'pattern')].sort((a, b) => b.length - a.length);
    return `(?:${alternatives.map(quote).join('|')})`;
  });
  const fault = findPatternFault(pattern);
  if (fault !== undefined) throw new RuleFault(['rules', index, 'pattern'], fault);
  try {
    compilePattern(pattern);
  } catch (thrown) {
    throw new RuleFault(['rules', index, 'pattern'], thrown instanceof Error ? thrown.message : String(thrown));
  }
  return { ...rule, keywords, pattern };
}

/**
 * Reads a rule file (YAML).
 * @param file its name, for errors
 * @throws AncileError `rules_invalid`, `at` naming file, line and rule, `hint` what was expected
 */
export function parseRules(yamlText: string, file: string): readonly AttackRule[] {
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
      hint: 'Rule files are described in docs/rules.md; the shipped ones in content/rules show every field.',
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
  const parsed = RuleFile.safeParse(document.toJS({ maxAliasCount: 20 }));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    return failAt(
      issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
      issue.message,
    );
  }
  const ids = new Set<string>();
  try {
    return parsed.data.rules.map((rule, index) => {
      if (ids.has(rule.id)) throw new RuleFault(['rules', index, 'id'], `"${rule.id}" is there twice`);
      ids.add(rule.id);
      return expandRule(rule, index, parsed.data.words);
    });
  } catch (thrown) {
    if (thrown instanceof RuleFault) return failAt(thrown.path, thrown.message);
    throw thrown;
  }
}

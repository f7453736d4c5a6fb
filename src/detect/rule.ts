// Rules as data: the schema of a rule file, and its reading with errors that name file, rule and line.
import { z } from 'zod';
import { Channel, FindingClass, Severity } from '../contract/index.ts';
import { foldLower } from './fold.ts';
import { RuleFault, mapRules, readRuleDocument } from './rule-document.ts';
import { compilePattern, findPatternFault } from './rule-pattern.ts';

const HINT = 'Rule files are described in docs/rules.md; the shipped ones in content/rules show every field.';
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
  return readRuleDocument(yamlText, file, HINT, (value) => {
    const parsed = RuleFile.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
      throw new RuleFault(path, issue.message);
    }
    const { rules, words } = parsed.data;
    return mapRules(rules, (rule, index) => expandRule(rule, index, words));
  });
}

// Secret rules as data: the YAML files' schema, and their parsing with errors that name the place.
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { AncileError } from '../../base/index.ts';
import { Severity } from '../../contract/index.ts';
import { beginningOf, behindName, standingAlone } from './form.ts';

const Written = z.strictObject({
  id: z
    .string()
    .regex(/^secret\.[a-z0-9_]+$/, 'expected secret.name in small letters')
    .describe('rule id'),
  keywords: z
    .array(
      z
        .string()
        .min(2)
        .regex(/^[^A-Z]+$/, 'expected lower case'),
    )
    .min(1)
    .optional()
    .describe(
      'words (lower case) one of which must be there before the pattern is tried: the gate; of a `token` its beginning',
    ),
  pattern: z
    .string()
    .min(1)
    .optional()
    .describe('regular expression; the group `secret`, where there is one, is what is reported'),
  token: z.string().min(1).optional().describe('in place of `pattern`: a token that stands apart from other words'),
  assigned: z
    .string()
    .min(1)
    .optional()
    .describe('in place of `pattern`: a value assigned to a name that has one of the keywords in it or stands near it'),
  ignoreCase: z.boolean().default(false),
  before: z.int().min(0).max(96).default(0).describe('how many characters before its keyword the pattern may begin'),
  entropy: z.number().min(0).max(6).default(0).describe('least Shannon entropy of the secret, bits a character'),
  shape: z
    .enum(['any', 'token', 'mixed', 'key', 'password', 'word'])
    .default('token')
    .describe('which placeholders and look-alikes to turn away'),
  tail: z.enum(['token', 'pem']).optional().describe('what may go on beyond the longest match, and is found with it'),
  severity: Severity.default('high'),
  score: z.number().min(0).max(1).default(0.95),
  techniques: z.array(z.string()).default(['LLM02:2025', 'AML.T0055']),
  message: z.string().min(1).describe('what it is, for people'),
});
/** Of the shortest word that a token may have as its gate by itself: shorter ones stand in every second sentence. */
const LEAST_BEGINNING = 3;

const SecretRuleSchema = Written.transform(({ pattern, token, assigned, keywords, ...rest }, context) => {
  const fail = (message: string): never => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if ([pattern, token, assigned].filter((form) => form !== undefined).length !== 1) {
    return fail('expected one of pattern, token and assigned');
  }
  if (token !== undefined) {
    const words = keywords ?? [beginningOf(token)];
    if (words[0]!.length < LEAST_BEGINNING && keywords === undefined) return fail('the token needs keywords');
    return { ...rest, keywords: words, pattern: standingAlone(token, rest.tail !== undefined), named: false };
  }
  if (keywords === undefined) return fail('expected keywords');
  if (assigned === undefined) return { ...rest, keywords, pattern: pattern!, named: false };
  return { ...rest, keywords, pattern: behindName(keywords, assigned), ignoreCase: true, named: true };
});
const SecretRuleFile = z.strictObject({ version: z.string().min(1), rules: z.array(SecretRuleSchema).min(1) });

export type SecretRule = z.infer<typeof SecretRuleSchema>;

export interface SecretRules {
  readonly version: string;
  readonly rules: readonly SecretRule[];
}

/**
 * Parses the text of a secret rule file.
 * @param file name of the file, for errors.
 * @throws AncileError `rules_invalid`, with file, line and rule, for text that is not such a file.
 */
export function parseSecretRules(yamlText: string, file: string): SecretRules {
  const lines = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter: lines });
  const hint = 'See content/rules/secrets for the form of a rule.';
  const fault = document.errors[0];
  if (fault !== undefined) {
    const line = lines.linePos(fault.pos[0]).line;
    throw new AncileError('rules_invalid', `not YAML: ${fault.code}`, { at: `${file}:${line}`, hint });
  }
  const placeOf = (path: readonly PropertyKey[]): string => {
    // The node itself may be absent (a missing field): then the place is that of what it should be in.
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] } | undefined;
      if (node?.range) return `${file}:${lines.linePos(node.range[0]).line}`;
    }
    return file;
  };
  const nameOf = (path: readonly PropertyKey[]): string => {
    const id =
      path[0] === 'rules' && typeof path[1] === 'number' ? document.getIn(['rules', path[1], 'id']) : undefined;
    return typeof id === 'string' ? `rule ${id}: ` : '';
  };
  const parsed = SecretRuleFile.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const message = `${nameOf(issue.path)}${issue.path.join('.')}: ${issue.message}`;
    throw new AncileError('rules_invalid', message, { at: placeOf(issue.path), hint });
  }
  const seen = new Set<string>();
  parsed.data.rules.forEach((rule, index) => {
    const at = placeOf(['rules', index]);
    if (seen.has(rule.id)) throw new AncileError('rules_invalid', `rule ${rule.id} is there twice`, { at, hint });
    seen.add(rule.id);
    const problem = checkPattern(rule);
    if (problem !== undefined) throw new AncileError('rules_invalid', `rule ${rule.id}: ${problem}`, { at, hint });
  });
  return parsed.data;
}

/**
 * Parses several files into one list of rules, with a version that names those of all.
 * @throws AncileError `rules_invalid`, also for a rule that two files have
 */
export function parseSecretFiles(files: readonly { readonly text: string; readonly file: string }[]): SecretRules {
  const rules: SecretRule[] = [];
  const versions = new Set<string>();
  const seen = new Set<string>();
  for (const { text, file } of files) {
    const parsed = parseSecretRules(text, file);
    versions.add(parsed.version);
    for (const rule of parsed.rules) {
      if (seen.has(rule.id)) {
        throw new AncileError('rules_invalid', `rule ${rule.id} is in two files`, { at: file, hint: 'Rename one.' });
      }
      seen.add(rule.id);
      rules.push(rule);
    }
  }
  return { version: [...versions].sort().join('+'), rules };
}

/** What is wrong with the pattern of a rule: not a regular expression, or without a bound. */
function checkPattern({ pattern, ignoreCase }: SecretRule): string | undefined {
  try {
    new RegExp(pattern, ignoreCase ? 'dyi' : 'dy');
  } catch {
    return 'pattern is not a regular expression';
  }
  const bare = pattern.replace(/\\./g, '_').replace(/\[[^\]]*\]/g, '_');
  if (/[*+]|\{\d+,\}/.test(bare)) return 'pattern has no bound: write {min,max} in place of *, + and {min,}';
  return undefined;
}

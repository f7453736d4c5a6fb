// What a policy set is refused for: each with its place, its policy and what to do; and the engine outlives them all.
import { describe, expect, it } from 'vitest';
import { AncileError } from '../base/index.ts';
import { parsePolicies } from './parse.ts';
import { toPolicyError } from './problem.ts';

const parse = (text: string) => parsePolicies([{ file: 'a.cedar', text }]);
const errors = (text: string) => parse(text).problems.filter(({ severity }) => severity === 'error');
const good = '@id("ok") @action("flag") permit (principal, action == Action::"finding", resource);\n';
const rule = (condition: string): string =>
  `${good}@id("p")\n@action("block")\nforbid (principal, action == Action::"finding", resource)\nwhen { ${condition} };\n`;

describe('a policy set is refused', () => {
  it.each([
    ['no @id', '@action("flag") permit (principal, action, resource);', /no @id/],
    ['an empty @id', '@id @action("flag") permit (principal, action, resource);', /no @id/],
    ['an @id that hides', '@id("a\\u{202e}b") @action("flag") permit (principal, action, resource);', /not a name/],
    ['an @id not in NFC', '@id("e\u0301") @action("flag") permit (principal, action, resource);', /not a name/],
    ['an @id of ours', '@id("(fault)") @action("flag") permit (principal, action, resource);', /not a name/],
    ['no @action', '@id("a") permit (principal, action, resource);', /permit with no @action/],
    ['an unknown @action', '@id("a") @action("warn") permit (principal, action, resource);', /@action\("warn"\)/],
    ['a permit that blocks', '@id("a") @action("block") permit (principal, action, resource);', /permit with @action/],
    ['a forbid that allows', '@id("a") @action("allow") forbid (principal, action, resource);', /forbid with @action/],
    ['a redaction of exchanges', '@id("a") @action("redact") permit (principal, action, resource);', /no span/],
    ['an unknown annotation', '@id("a") @acton("x") @action("flag") permit (principal, action, resource);', /@acton/],
    ['a template', '@id("a") @action("flag") permit (principal == ?principal, action, resource);', /template|slot/i],
    ['two of one @id', good + good, /@id is taken at a\.cedar:1:1/],
    ['no policy at all', '// nothing\n', /no policy/],
    ['a missing end', '@id("a") @action("flag") permit (principal, action, resource)', /unexpected end/],
    ['a missing attribute', rule('context.scor > 3'), /scor/],
    ['a wrong type', rule('context.score == "high"'), /type/],
    ['an unknown action', good.replace('finding', 'findings'), /unrecognized action/],
    ['what can never be', rule('context.score > 3 && false'), /impossible/],
    ['a misspelt class', rule('context.class == "injektion"'), /never "injektion"/],
    ['a misspelt channel in a set', rule('["user", "tool"].contains(context.channel)'), /never "tool"/],
    ['a score that cannot be', rule('context.score >= 1001'), /never 1001/],
    ['a fraction', rule('context.score > 0.5'), /./],
    ['text that runs backwards', `// \u202e\n${good}`, /direction/],
  ])('for %s', (_, text, message) => {
    const found = errors(text);
    expect(found.map((problem) => problem.message).join('\n')).toMatch(message);
    for (const problem of found) expect(problem.at).toMatch(/^a\.cedar(:\d+:\d+)?$/);
  });

  it('with file, line, column, policy, reason and hint', () => {
    const text = `// é, two bytes\n${good}@id("p")\n@action("block")\nforbid (principal, action == Action::"finding", resource)\nwhen { context.rule == "é" && context.scor > 3 };`;
    const error = toPolicyError(parse(text).problems);
    expect(error).toBeInstanceOf(AncileError);
    expect(error?.code).toBe('policy_invalid');
    expect(error?.at).toBe('a.cedar:6:31');
    expect(error?.message).toContain('policy "p"');
    expect(error?.hint).toContain('did you mean `score`');
  });
  it('with the place of a syntax error', () => {
    expect(errors(`// ü\n${good}\n${good.replace(';', ' wen { true };')}`)[0]?.at).toBe('a.cedar:4:85');
  });
});

describe('what is accepted', () => {
  it('names in any script, semicolons and comments inside strings', () => {
    const { policies, problems } = parse(
      '@id("规则-1") @action("flag") @reason("a; // b \\" c") permit (principal, action, resource) // d;\nwhen { true };',
    );
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(policies.map(({ id, reason }) => [id, reason])).toEqual([['规则-1', 'a; // b " c']]);
  });
  it('knows what each policy is asked about', () => {
    const scope = (text: string): string => `@id("x") @action("flag") permit (principal, ${text}, resource);`;
    expect(parse(scope('action')).policies[0]?.asks).toEqual(['finding', 'exchange', 'artifact', 'tool_call']);
    expect(parse(scope('action == Action::"exchange"')).policies[0]?.asks).toEqual(['exchange']);
    expect(parse(scope('action in [Action::"finding"]')).policies[0]?.asks).toEqual(['finding']);
  });
});

describe('policies made to break the engine', () => {
  const many = 5000;
  it.each([
    ['brackets', `${'('.repeat(many)}true${')'.repeat(many)}`],
    ['open brackets', '['.repeat(many)],
    ['negations', `${'!('.repeat(200)}true${')'.repeat(200)}`],
    ['conjunctions', 'context.score == 1 && '.repeat(150) + 'true'],
    ['sums', `1${'+1'.repeat(1500)} > 0`],
    ['accesses', `context${'.a'.repeat(1500)}`],
    ['conditionals', `${'if true then true else '.repeat(100)}true`],
    ['an open string', `context.rule == "${'x'.repeat(100)}`],
  ])('%s are refused, and the next set is read as before', (_, condition) => {
    expect(errors(rule(condition)).length).toBeGreaterThan(0);
    expect(errors(good)).toEqual([]);
  });
});

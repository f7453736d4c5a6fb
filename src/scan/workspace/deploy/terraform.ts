// Terraform: AI services of the clouds held against what they should say (content/scan/terraform.yaml).
import { z } from 'zod';
import { type HclBlock, type HclValue, parseHcl } from '../../../reader/index.ts';
import type { Format, Look } from '../../format.ts';
import { shippedList } from '../../lists.ts';
import { reportSecrets } from '../secrets.ts';
import { isText, lineIndex, readText } from '../text.ts';

const Value = z.union([z.string(), z.boolean()]);
const Expectation = z
  .strictObject({
    attribute: z.string().optional(),
    block: z.string().optional(),
    is: Value.optional(),
    isNot: Value.optional(),
    there: z.literal(true).optional(),
    absent: z.literal('bad').optional(),
    /** Another attribute or block that does as well. */
    or: z.string().optional(),
    rule: z.string(),
    says: z.string(),
  })
  .refine(({ attribute, block }) => (attribute === undefined) !== (block === undefined), 'expected attribute or block');
const Terraform = z.strictObject({
  resources: z.array(z.strictObject({ type: z.string(), expect: z.array(Expectation) })),
  together: z.array(
    z.strictObject({ when: z.array(z.string()), needs: z.string(), rule: z.string(), says: z.string() }),
  ),
});
type Expectation = z.infer<typeof Expectation>;
const lists = shippedList('terraform.yaml', Terraform);

type Found = { readonly value: HclValue; readonly line: number } | undefined;

/** An attribute by its path through blocks, the first of each. A dynamic block may hold it: then it is not known. */
function find(block: HclBlock, path: string): Found | 'unknown' {
  const parts = path.split('.');
  let at: HclBlock = block;
  for (const part of parts.slice(0, -1)) {
    const inner = at.blocks.find(({ type }) => type === part);
    if (inner === undefined) return hasDynamic(at, part) ? 'unknown' : undefined;
    at = inner;
  }
  return at.attributes.get(parts.at(-1)!);
}

const hasDynamic = (block: HclBlock, type: string): boolean =>
  block.blocks.some((each) => each.type === 'dynamic' && each.labels[0] === type);

const hasBlock = (block: HclBlock, type: string): boolean =>
  block.blocks.some((each) => each.type === type) || hasDynamic(block, type) || block.attributes.has(type);

function breaks(
  block: HclBlock,
  { attribute, block: inner, is, isNot, absent, or }: Expectation,
): { line: number } | undefined {
  if (or !== undefined && hasBlock(block, or)) return undefined;
  if (inner !== undefined) return hasBlock(block, inner) ? undefined : block;
  const found = find(block, attribute!);
  if (found === 'unknown') return undefined;
  if (found === undefined) return absent === 'bad' || (is === undefined && isNot === undefined) ? block : undefined;
  if (found.value === undefined) return undefined;
  const same = (wanted: string | boolean): boolean =>
    String(found.value).toLowerCase() === String(wanted).toLowerCase();
  if (is !== undefined && !same(is)) return found;
  if (isNot !== undefined && same(isNot)) return found;
  return undefined;
}

/** Bindings that let everybody call. */
function reportMembers(block: HclBlock, name: string, look: Look): void {
  const everybody = ['member', 'members'].map((key) => block.attributes.get(key));
  for (const found of everybody) {
    const members = Array.isArray(found?.value) ? (found.value as HclValue[]) : [found?.value];
    if (found === undefined || !members.some((each) => each === 'allUsers' || each === 'allAuthenticatedUsers'))
      continue;
    if (/vertex_ai|notebooks|workbench|cloud_run|cloudfunctions/.test(block.labels[0] ?? '')) {
      look.report('terraform.everybody', { message: `${name} lets everybody in`, line: found.line });
    }
  }
}

/** Every action of a service allowed: in a block, a heredoc, or what `jsonencode` is given, whose value is not known. */
const WIDE = /\bactions?"?\s{0,4}[=:]\s{0,4}\[?[^\]}]{0,300}?"((?:bedrock|sagemaker|bedrock-agentcore):\*)"/gi;
const DENIES = /\beffect"?\s{0,4}[=:]\s{0,4}"deny"[^{}]{0,300}$/i;

function reportPolicies(text: string, look: Look): void {
  const lineOf = lineIndex(text);
  for (const { index, 0: whole, 1: action } of text.matchAll(WIDE)) {
    look.budget.step();
    const before = text.slice(Math.max(0, index - 300), index);
    if (DENIES.test(before) || /(?:#|\/\/)[^\n]*$/.test(before)) continue;
    look.report('terraform.wide-policy', {
      message: `a policy allows ${action}`,
      line: lineOf(index + whole.length - 1),
    });
  }
}

export const terraform: Format = {
  id: 'terraform',
  match({ head, text, extension }) {
    if (!isText(head) || (extension !== '.tf' && extension !== '.hcl' && extension !== '.tofu')) return false;
    return /^\s*(?:#|\/\/|\/\*|$)|\b(?:resource|data|variable|module|provider|terraform|locals|output)\b/m.test(text)
      ? 'likely'
      : false;
  },
  scan(source, look) {
    const text = readText(source, look);
    const file = parseHcl(text, () => look.budget.step());
    const types = new Set<string>();
    for (const block of file.blocks) {
      if (block.type !== 'resource' && block.type !== 'data') continue;
      const [type = '', label = ''] = block.labels;
      const name = `${type}.${label}`;
      reportMembers(block, name, look);
      if (block.type !== 'resource') continue;
      types.add(type);
      const known = lists().resources.find((each) => each.type === type);
      if (known === undefined) continue;
      look.asset('server', name, 'a service of a cloud');
      for (const expectation of known.expect) {
        const broken = breaks(block, expectation);
        if (broken !== undefined)
          look.report(expectation.rule, { message: `${name} ${expectation.says}`, line: broken.line });
      }
    }
    reportPolicies(text, look);
    for (const { when, needs, rule, says } of lists().together) {
      if (when.some((type) => types.has(type)) && !types.has(needs)) look.report(rule, { message: says });
    }
    reportSecrets(text, look);
  },
};

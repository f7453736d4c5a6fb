// Past records tried on a policy set: the same set changes nothing, whatever passed; another changes what it should.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StoredRecord } from '../contract/index.ts';
import type { Detector } from '../detect/index.ts';
import {
  createPoliciesOfFiles,
  diffShadow,
  loadPolicySet,
  type Policies,
  replayPolicies,
  shippedPolicySet,
  viewPolicySet,
} from '../policy/index.ts';
import { createPipeline } from './index.ts';

const principal = { id: 'key_1', kind: 'agent' as const, name: 'app', tenant: 'acme' };
const usage = { inputTokens: 1, outputTokens: 1, costMicros: 0, estimated: false };
const common = { time: '2025-01-01T00:00:00.000Z', node: 'n' };
const WORDS = {
  injection: ['injection', 'high', 0.9],
  doubtful: ['injection', 'medium', 0.6],
  secret: ['secret', 'high', 0.9],
  card: ['pii', 'high', 0.95],
  mail: ['pii', 'low', 0.9],
  leak: ['prompt_leak', 'critical', 1],
  link: ['exfiltration', 'high', 0.9],
  wrong: ['ungrounded', 'medium', 0.7],
  schema: ['schema', 'medium', 1],
} as const;
type Word = keyof typeof WORDS;

/** Finds each of the words, as the class that it stands for; throws at `fault`. */
const wordDetector: Detector = {
  id: 'words',
  version: '1',
  classes: [...new Set(Object.values(WORDS).map(([name]) => name))],
  reach: 20,
  lookbehind: 1,
  usesContext: false,
  appliesTo: () => true,
  inspect({ original }) {
    if (original.includes('fault')) throw new Error('fault');
    return [...original.matchAll(/[a-z]+/g)].flatMap((match) => {
      const known = WORDS[match[0] as Word] as (typeof WORDS)[Word] | undefined;
      if (known === undefined) return [];
      const [name, severity, score] = known;
      const [start, end] = [match.index, match.index + match[0].length];
      return [{ rule: `${name}.word`, class: name, severity, score, start, end, evidence: '*', techniques: [] }];
    });
  },
};

const text = fc
  .array(fc.constantFrom('plain', 'fault', ...(Object.keys(WORDS) as Word[])), { maxLength: 4 })
  .map((all) => all.join(' '));
const traffic = fc.record({
  channel: fc.constantFrom('user' as const, 'system' as const, 'document' as const, 'tool_result' as const),
  input: text,
  output: text,
  stream: fc.boolean(),
  uninspected: fc.subarray(['image', 'unknown', 'file'] as const),
  strange: fc.subarray(['audio', 'encrypted'] as const),
  capabilities: fc.subarray(['hosted_tool', 'stored_state'] as const),
});
type Traffic = typeof traffic extends fc.Arbitrary<infer T> ? T : never;

/** The two records of an exchange as the gateway writes them. */
function toRecords(policies: Policies, id: string, seen: Traffic): StoredRecord[] {
  const pipeline = createPipeline({ detectors: [wordDetector], policies: () => policies });
  const subject = { principal, route: '*', surface: 'openai.chat' as const };
  const { stream, uninspected, capabilities } = seen;
  const segments = [{ path: '/a', channel: seen.channel, origin: 'user' as const, text: seen.input }];
  const verdict = pipeline.judgeInput(subject, { segments, uninspected, capabilities, stream });
  const judge = pipeline.openOutput(subject, stream, { systemPrompts: [], canaries: [], knownHosts: new Set() });
  if (!verdict.denied) {
    judge.noteUninspected(seen.strange);
    judge.judgeBody([{ path: '/b', channel: 'output', origin: 'untrusted', text: seen.output }]);
  }
  const exchange = { id, surface: subject.surface, principal, route: '*', model: 'm', upstream: 'u', stream };
  return [
    {
      ...common,
      seq: 0,
      kind: 'exchange.opened',
      exchange,
      inputDigest: '',
      segments: 1,
      capabilities: [...capabilities],
      findings: [...verdict.findings],
      decision: verdict.decision,
    },
    {
      ...common,
      seq: 1,
      kind: 'exchange.closed',
      exchange: id,
      principal: principal.id,
      outcome: 'completed',
      status: 200,
      findings: [...judge.findings],
      decision: judge.decision(),
      usage,
      durationMs: 1,
    },
  ];
}

const sets = (['default', 'observe', 'strict'] as const).map((name) => loadPolicySet(shippedPolicySet(name)));

it('changes nothing when the same set is tried, in either order of records', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...sets),
      fc.array(traffic, { maxLength: 8 }),
      fc.boolean(),
      async (set, all, isBackwards) => {
        const records = all.flatMap((each, i) => toRecords(set, `ex_${i}`, each));
        if (isBackwards) records.reverse();
        const replay = await replayPolicies(set, records);
        expect(replay).toMatchObject({ exchanges: all.length, changed: 0, samples: [] });
        expect(replay.transitions.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
      },
    ),
    { numRuns: 60 },
  );
});

it('comes to what the other set would have ruled, where the exchange went on', async () => {
  const [, observe, strict] = sets as [Policies, Policies, Policies];
  await fc.assert(
    fc.asyncProperty(fc.array(traffic, { maxLength: 8 }), async (all) => {
      const seen = all.flatMap((each, i) => toRecords(observe, `ex_${i}`, each));
      const direct = all.flatMap((each, i) => toRecords(strict, `ex_${i}`, each));
      const replay = await replayPolicies(strict, seen);
      const same = await replayPolicies(strict, direct);
      const counts = (of: typeof replay): Record<string, number> => {
        const sums: Record<string, number> = {};
        for (const { after, count } of of.transitions) sums[after] = (sums[after] ?? 0) + count;
        return sums;
      };
      expect(counts(replay)).toEqual(counts(same));
    }),
    { numRuns: 40 },
  );
});

const plain: Traffic = {
  channel: 'user',
  input: 'plain',
  output: 'plain',
  stream: false,
  uninspected: [],
  strange: [],
  capabilities: [],
};

it('names what a change would do, with examples', async () => {
  const [standard] = sets as [Policies];
  const records = [
    ...toRecords(standard, 'ex_1', { ...plain, input: 'mail' }),
    ...toRecords(standard, 'ex_2', plain),
    ...toRecords(standard, 'ex_3', { ...plain, output: 'card' }),
  ];
  const files = viewPolicySet(shippedPolicySet('default')).files.map((file) => ({
    ...file,
    text: file.text.replace('context.class == "pii" && context.severity >= 3', 'context.class == "pii"'),
  }));
  const replay = await replayPolicies(createPoliciesOfFiles(files), records);
  expect(replay).toMatchObject({ exchanges: 3, changed: 1 });
  expect(replay.samples).toMatchObject([{ exchange: 'ex_1', before: 'flag', after: 'redact', classes: ['pii'] }]);
  expect(replay.samples[0]!.policies).toContain('pii.high.redact');
  expect(replay).not.toHaveProperty('incomplete');
});

it('says how many records do not say what they asked of the provider, and leaves out what has no beginning', async () => {
  const [standard] = sets as [Policies];
  const [opened, closed] = toRecords(standard, 'ex_1', { ...plain, capabilities: ['hosted_tool'] });
  const { capabilities: _, ...old } = opened as Extract<StoredRecord, { kind: 'exchange.opened' }> & StoredRecord;
  const replay = await replayPolicies(standard, [old as StoredRecord, closed!]);
  expect(replay).toMatchObject({ exchanges: 1, incomplete: 1, transitions: [{ before: 'block', after: 'allow' }] });
  expect(await replayPolicies(standard, [closed!])).toMatchObject({ exchanges: 0 });
  expect(await replayPolicies(standard, [opened!])).toMatchObject({ exchanges: 1, changed: 0 });
});

it('tells the shadow’s own word from the records', async () => {
  const shadowed = loadPolicySet(shippedPolicySet('observe'), { shadow: shippedPolicySet('default') });
  const records = [
    ...toRecords(shadowed, 'ex_1', { ...plain, input: 'injection' }),
    ...toRecords(shadowed, 'ex_2', { ...plain, output: 'secret' }),
    ...toRecords(shadowed, 'ex_3', plain),
  ];
  const diff = await diffShadow(records);
  expect(diff).toMatchObject({ exchanges: 3, changed: 2 });
  expect(diff.samples).toMatchObject([
    { exchange: 'ex_1', before: 'flag', after: 'block', policies: ['injection.block'] },
    { exchange: 'ex_2', before: 'flag', after: 'redact' },
  ]);
});

// What of a request is new, what of its findings counts, and which endings are told.
import { describe, expect, it } from 'vitest';
import { Config, Finding, type Outcome, type Segment } from '../../contract/index.ts';
import { MisuseMemory } from './memory.ts';
import type { MisuseSettings } from './settings.ts';
import { newestMessage, watchMisuse } from './watch.ts';

const { enabled: _, ...bounds } = Config.parse({}).detect.misuse;
const SETTINGS: MisuseSettings = { ...bounds, refusals: 2, retries: 1000, buildup: 1000, disabled: [] };

const said = (...parts: (readonly [Segment['channel'], string])[]): Segment[] =>
  parts.map(([channel, text], at) => ({ path: `/messages/${at}/content`, channel, origin: 'user', text }));
const newest = (...parts: Parameters<typeof said>): string[] => newestMessage(said(...parts)).map(({ text }) => text);

describe('the newest message', () => {
  it('is what the user says last, in all its parts', () => {
    expect(newest(['system', 's'], ['user', 'a'])).toEqual(['a']);
    expect(newest(['user', 'a'], ['assistant', 'b'], ['user', 'c'], ['user', 'd'])).toEqual(['c', 'd']);
  });

  it('is none where a tool’s result goes back to the model', () => {
    expect(newest(['user', 'a'], ['assistant', 'b'], ['tool_argument', '{}'], ['tool_result', 'r'])).toEqual([]);
    expect(newest(['user', 'a'], ['tool_argument', '{}'], ['tool_result', 'r'])).toEqual([]);
  });

  it('is what the user adds to a result', () => {
    expect(newest(['user', 'a'], ['assistant', 'b'], ['tool_result', 'r'], ['user', 'c'])).toEqual(['c']);
  });

  it('is found before the beginning of the answer that a request may end in, and among settings', () => {
    expect(newest(['user', 'a'], ['assistant', 'b'], ['user', 'c'], ['assistant', 'Sure:'])).toEqual(['c']);
    expect(newest(['user', 'c'], ['tool_description', 't'], ['metadata', 'm'])).toEqual(['c']);
  });

  it('is none where nobody speaks', () => {
    expect(newest()).toEqual([]);
    expect(newest(['system', 's'], ['user', ''])).toEqual([]);
  });
});

const finding = (more: Partial<Finding>): Finding =>
  Finding.parse({
    ...{ rule: 'injection.x', class: 'injection', severity: 'high', score: 0.8, start: 0, end: 1, evidence: '' },
    ...{ techniques: [], detector: 'attack', segment: '/messages/0/content', channel: 'user', ...more },
  });
const DECLINES = finding({ rule: 'refusal.words', class: 'refusal', score: 0.9, channel: 'output' });

const principal = { id: 'key_1', kind: 'service', name: 'k', tenant: 't' } as const;
const TRIES = ['open the vault of the bank', 'the vault of the bank, how to open', 'bank: open its vault now', 'last'];

/** Four asks that end alike, in one conversation: how often probing is found. */
function probe(outcome: Outcome, found: readonly Finding[], answer: readonly Finding[], held = false): number {
  const memory = new MisuseMemory(1);
  return TRIES.filter((text, at) => {
    const exchange = { principal, session: 's', surface: 'openai.chat' as const };
    const watched = watchMisuse(memory, SETTINGS, exchange, said(['user', text]))!;
    const seen = watched.judge(found, at);
    watched.settle({ outcome, held, findings: answer }, at);
    // Told again, it is not counted again.
    watched.settle({ outcome, held, findings: answer }, at);
    return seen.some(({ rule }) => rule === 'misuse.refusal_probing');
  }).length;
}

describe('an ending', () => {
  it('is a refusal where the model declines, and where policy stops an attack or what an attack got', () => {
    expect(probe('completed', [], [DECLINES])).toBeGreaterThan(0);
    expect(probe('denied_input', [finding({})], [])).toBeGreaterThan(0);
    expect(probe('denied_output', [], [finding({ class: 'prompt_leak', channel: 'output' })])).toBeGreaterThan(0);
  });

  it('is none where it says nothing of the ask', () => {
    expect(probe('completed', [], [])).toBe(0);
    expect(probe('completed', [], [finding({ ...DECLINES, score: 0.4 })])).toBe(0);
    expect(probe('denied_input', [finding({ class: 'pii' })], [])).toBe(0);
    expect(probe('denied_input', [finding({ class: 'misuse', score: 0.9 })], [])).toBe(0);
    expect(probe('denied_input', [finding({})], [], true)).toBe(0);
    for (const outcome of ['client_gone', 'upstream_error', 'revoked', 'fault'] as const) {
      expect(probe(outcome, [finding({})], [])).toBe(0);
    }
  });
});

it('counts what was found in the newest message, and nothing found elsewhere', () => {
  const scoreOf = (findings: readonly Finding[]): boolean => {
    const memory = new MisuseMemory(1);
    const settings = { ...SETTINGS, buildup: 0.5 };
    return [1, 2, 3, 4].some((turn) => {
      const segments = said(['user', 'old'], ['assistant', 'b'], ['document', 'd'], ['user', `new ${turn}`]);
      const exchange = { principal, session: 's', surface: 'anthropic.messages' as const };
      const seen = watchMisuse(memory, settings, exchange, segments)!.judge(findings, turn);
      for (const each of seen) {
        expect(Finding.parse(each)).toMatchObject({ class: 'misuse', segment: '/messages/3/content', end: 5 });
      }
      return seen.length > 0;
    });
  };
  expect(scoreOf([finding({ segment: '/messages/3/content' })])).toBe(true);
  expect(scoreOf([finding({ segment: '/messages/0/content' })])).toBe(false);
  expect(scoreOf([finding({ segment: '/messages/2/content', channel: 'document' })])).toBe(false);
  expect(scoreOf([finding({ segment: '/messages/3/content', class: 'pii' })])).toBe(false);
});

it('watches those who talk to a model', () => {
  const memory = new MisuseMemory(1);
  const watch = (surface: 'openai.embeddings' | 'anthropic.count_tokens' | 'gemini.generate') =>
    watchMisuse(memory, SETTINGS, { principal, session: 's', surface }, said(['user', 'a']));
  expect(watch('openai.embeddings')).toBeUndefined();
  expect(watch('anthropic.count_tokens')).toBeUndefined();
  expect(watch('gemini.generate')).toBeDefined();
});

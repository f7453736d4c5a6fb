// Legal clocks: which facts start them, when they end, and what a draft says.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Incident } from '../../contract/index.ts';
import { addLimit, readClocks, readLegalClocks } from './clocks.ts';
import { draftNotice } from './notice.ts';

const file = resolve(import.meta.dirname, '../../../content/clocks/eu.yaml');
const clocks = readClocks(parse(readFileSync(file, 'utf8')), 'eu.yaml');
const at = (text: string): number => Date.parse(text);
const clockOf = (id: string, facts: Incident['facts'], now = '2026-03-01T00:00:00Z') =>
  readLegalClocks(clocks, facts, at(now)).clocks.find((each) => each.id === id)!;

const BREACH = { gdpr_controller: true, personal_data_breach: true, risk_unlikely: false };
const MAJOR = { dora_entity: true, dora_major: true };

describe('a clock', () => {
  it('names what is still to be answered', () => {
    expect(clockOf('gdpr-33', {})).toMatchObject({
      state: 'unanswered',
      missing: ['gdpr_controller', 'personal_data_breach', 'risk_unlikely', 'aware_at'],
    });
  });

  it('does not apply where an answer says so, whatever else is open', () => {
    expect(clockOf('gdpr-33', { risk_unlikely: true })).toMatchObject({
      state: 'not_needed',
      because: 'risk_unlikely',
    });
  });

  it('runs from its fact, is over, and is met', () => {
    const facts = { ...BREACH, aware_at: '2026-02-28T10:00:00Z' };
    expect(clockOf('gdpr-33', facts)).toMatchObject({
      state: 'running',
      deadline: '2026-03-03T10:00:00.000Z',
      leftMs: 58 * 3_600_000,
    });
    expect(clockOf('gdpr-33', facts, '2026-03-03T10:00:01Z').state).toBe('overdue');
    expect(clockOf('gdpr-33', { ...facts, gdpr_33_sent_at: '2026-03-01T00:00:00Z' }).state).toBe('done');
    expect(clockOf('gdpr-33', { ...facts, gdpr_33_sent_at: '2026-03-04T00:00:00Z' }).state).toBe('done_late');
  });

  it('takes no time without its zone', () => {
    expect(clockOf('gdpr-33', { ...BREACH, aware_at: '2026-02-28 10:00' })).toMatchObject({ missing: ['aware_at'] });
    const { questions } = readLegalClocks(clocks, { aware_at: 'yesterday', death: 'perhaps' }, 0);
    expect(questions.filter(({ understood }) => understood === false).map(({ id }) => id)).toEqual([
      'aware_at',
      'death',
    ]);
  });

  it('with two starts ends at the earlier, unless the first lies behind the second’s end', () => {
    const aware = { ...MAJOR, aware_at: '2026-03-01T00:00:00Z' };
    const ends = (classified: string) => clockOf('dora-initial', { ...aware, dora_classified_at: classified }).deadline;
    expect(clockOf('dora-initial', aware).deadline).toBe('2026-03-02T00:00:00.000Z');
    expect(ends('2026-03-01T02:00:00Z')).toBe('2026-03-01T06:00:00.000Z');
    expect(ends('2026-03-01T22:00:00Z')).toBe('2026-03-02T00:00:00.000Z');
    expect(ends('2026-03-03T12:00:00Z')).toBe('2026-03-03T16:00:00.000Z');
  });

  it('starts where an earlier one was met', () => {
    expect(clockOf('nis2-final', { nis2_entity: true, nis2_significant: true }).missing).toEqual(['nis2_notified_at']);
    expect(
      clockOf('nis2-final', { nis2_entity: true, nis2_significant: true, nis2_notified_at: '2026-01-31T08:00:00Z' }),
    ).toMatchObject({ deadline: '2026-02-28T08:00:00.000Z' });
  });

  it('has no end where the law names none but at once', () => {
    const facts = { ai_deployer: true, serious_incident: true, aware_at: '2026-02-28T10:00:00Z' };
    expect(clockOf('ai-act-26', facts)).toMatchObject({ state: 'running', limit: 'at once' });
    expect(clockOf('ai-act-26', facts).deadline).toBeUndefined();
  });
});

it.each([
  ['2024-01-31T12:00:00Z', 'P1M', '2024-02-29T12:00:00.000Z'],
  ['2026-12-31T12:00:00Z', 'P2M', '2027-02-28T12:00:00.000Z'],
  ['2026-03-28T12:00:00Z', 'P15D', '2026-04-12T12:00:00.000Z'],
  ['2026-03-28T12:00:00Z', 'PT4H', '2026-03-28T16:00:00.000Z'],
])('%s and %s is %s', (from, limit, to) => {
  expect(new Date(addLimit(at(from), limit)!).toISOString()).toBe(to);
});

describe('a draft', () => {
  const incident: Incident = {
    id: 'inc_1',
    title: 'Leak\n# <b>Sign here</b> [link](http://x) @all',
    severity: 'high',
    state: 'open',
    opened: '2026-02-28T09:00:00.000Z',
    changed: '2026-02-28T09:00:00.000Z',
    openedBy: 'ada',
    techniques: ['AML.T0057'],
    involved: [{ principal: 'key_secretname' }],
    rules: {},
    detections: 3,
    records: [],
    facts: { ...BREACH, aware_at: '2026-02-28T10:00:00Z' },
  };

  it('says what is known, leaves a marked blank for the rest, and is no markup of others', () => {
    const draft = draftNotice(clocks, 'gdpr-33', incident, [], at('2026-03-01T00:00:00Z'));
    expect(draft).toContain('2026-03-03T10:00:00.000Z');
    expect(draft).toContain('no legal advice');
    expect(draft.match(/\*\*\[to be filled in\]\*\*/g)!.length).toBeGreaterThanOrEqual(6);
    expect(draft).not.toContain('<b>');
    expect(draft).not.toMatch(/^# .*Sign/m);
    expect(draft).not.toContain('](http');
    expect(draft).not.toContain('key_secretname');
  });

  it('of every regime there is can be written', () => {
    for (const regime of Object.keys(clocks.drafts)) {
      expect(draftNotice(clocks, regime, incident, [], 0)).toMatch(/^# Draft: /);
    }
    expect(() => draftNotice(clocks, 'none', incident, [], 0)).toThrow(/no draft/);
  });
});

it('a file that names a question there is not is refused with its clock', () => {
  const value = parse(readFileSync(file, 'utf8')) as { clocks: { from: string }[] };
  value.clocks[0]!.from = 'never_asked';
  expect(() => readClocks(value, 'eu.yaml')).toThrow(/ai-act-73.*never_asked/);
});

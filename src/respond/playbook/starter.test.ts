// Playbooks that begin by themselves: once an incident, as a plan unless told otherwise, and no more often than is written.
import { expect, it } from 'vitest';
import type { Incident, IncidentEvent, PlaybookRun, PlaybookStart } from '../../contract/index.ts';
import type { Met } from '../incident-book.ts';
import { createStarter } from './starter.ts';

const incident = (id: string, more: Partial<Incident> = {}): Incident =>
  ({ id, state: 'open', severity: 'high', rules: { 'key.many_networks': 1 }, ...more }) as Incident;
const metBy = (principal: string, rule = 'key.many_networks'): Met => ({ rule, involved: { principal } });
const START: PlaybookStart = { playbook: 'stolen-key', rule: 'key.many_networks', auto: true, atMost: 2, per: 1000 };

function open(starts: PlaybookStart[], fails = false) {
  const time = { now: 0 };
  const ran: string[] = [];
  const notes: string[] = [];
  const starter = createStarter({
    starts: () => starts,
    clock: () => time.now,
    run(request, actor) {
      const aim = request.about?.principal === undefined ? '' : ` at ${request.about.principal}`;
      ran.push(`${request.incident} ${request.playbook} ${actor}${request.dryRun ? ' dry' : ''}${aim}`);
      if (fails) return Promise.reject(new Error('the playbook needs to be told this'));
      return Promise.resolve({ steps: [{ name: 'Stop it', said: ['freeze'] }], notes: [] } as unknown as PlaybookRun);
    },
    note: (id, text) => Promise.resolve(void notes.push(`${id} ${text}`)),
    onFault: (thrown) => {
      throw thrown;
    },
  });
  const hear = async (each: Incident, event: IncidentEvent = 'opened', met?: Met): Promise<void> => {
    starter.hear(each, event, met);
    await starter.idle();
  };
  return { time, ran, notes, hear };
}

it('begins once for an incident, whatever joins it', async () => {
  const { ran, notes, hear } = open([START]);
  await hear(incident('inc_1'));
  await hear(incident('inc_1'), 'joined');
  await hear(incident('inc_1'), 'note');
  await hear(incident('inc_2', { rules: { other: 1 } }));
  await hear(incident('inc_3', { state: 'closed' }), 'severity');
  expect(ran).toEqual(['inc_1 stolen-key rule:key.many_networks']);
  expect(notes).toEqual([]);
});

it('is a plan on the record unless `auto` says otherwise', async () => {
  const { ran, notes, hear } = open([{ ...START, auto: false }]);
  await hear(incident('inc_1'));
  expect(ran).toEqual(['inc_1 stolen-key rule:key.many_networks dry']);
  expect(notes).toEqual(['inc_1 stolen-key: would do: Stop it: freeze']);
});

it('goes by severity, also when it comes to be so bad later', async () => {
  const { rule: _, ...bySeverity } = START;
  const { ran, hear } = open([{ ...bySeverity, severity: 'critical' }]);
  await hear(incident('inc_1'));
  expect(ran).toEqual([]);
  await hear(incident('inc_1', { severity: 'critical' }), 'severity');
  expect(ran).toEqual(['inc_1 stolen-key severity:critical']);
});

it('begins no more often than is written, says so, and goes on later', async () => {
  const { time, ran, notes, hear } = open([START]);
  for (let i = 0; i < 5; i++) await hear(incident(`inc_${i}`));
  expect(ran).toHaveLength(2);
  expect(notes).toHaveLength(3);
  expect(notes[0]).toMatch(/inc_2 stolen-key: not begun by itself.*by hand/);
  time.now = 1001;
  await hear(incident('inc_9'));
  expect(ran).toHaveLength(3);
});

it('says on the record why it could not begin', async () => {
  const { notes, hear } = open([START], true);
  await hear(incident('inc_1'));
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/could not begin by itself/);
});

it('aims at whom its rule was met by, not at whoever is in the incident besides', async () => {
  const { ran, hear } = open([{ ...START, atMost: 10 }]);
  await hear(incident('inc_1', { rules: { 'injection.burst': 1 } }), 'opened', metBy('key_victim', 'injection.burst'));
  await hear(incident('inc_1'), 'joined', metBy('key_thief'));
  await hear(incident('inc_1'), 'joined', metBy('key_victim', 'injection.burst'));
  await hear(incident('inc_1'), 'joined', metBy('key_thief'));
  await hear(incident('inc_1'), 'joined', metBy('key_second_thief'));
  expect(ran).toEqual([
    'inc_1 stolen-key rule:key.many_networks at key_thief',
    'inc_1 stolen-key rule:key.many_networks at key_second_thief',
  ]);
});

// A run that a crash interrupted between doing and writing goes on where it was: what its step had made is found again.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { Containment, Incident, PlaybookRun } from '../../contract/index.ts';
import { createPlaybookDesk } from './desk.ts';
import { readPlaybook } from './read.ts';
import { toStepRun } from './walk.ts';

const file = resolve(import.meta.dirname, '../../../content/playbooks/stolen-key.json');
const read = readPlaybook({ file: 'stolen-key.json', text: readFileSync(file), shipped: true });
const [freezeId, freeze] = Object.entries(read.playbook.workflow).find(([, step]) => 'name' in step && step.name?.startsWith('Stop the key'))!; // prettier-ignore
const TIME = '2026-01-01T00:00:00.000Z';

function open(interrupted: PlaybookRun, made: Containment[], fails = false) {
  const rows = new Map([[interrupted.run, interrupted]]);
  const calls: string[] = [];
  const desk = createPlaybookDesk({
    playbooks: () => [read],
    rows: {
      put: (run) => (fails ? Promise.reject(new Error('the disk is full')) : Promise.resolve(void rows.set(run.run, structuredClone(run)))), // prettier-ignore
      get: (id) => Promise.resolve(rows.get(id)),
      list: () => Promise.resolve([...rows.values()]),
    },
    getIncident: () => Promise.resolve({ id: 'inc_1', title: '', severity: 'high', involved: [{ principal: 'key_1' }] } as unknown as Incident), // prettier-ignore
    record: () => (fails ? Promise.reject(new Error('the disk is full')) : Promise.resolve()),
    call(operation, input) {
      const asked = input as { action?: string };
      calls.push(asked.action ?? operation);
      return Promise.resolve({ id: 'con_new', state: 'effective', file: 'f', sha256: 's', records: 1 });
    },
    preview: () => Promise.reject(new Error('not asked')),
    containmentsOf: () => Promise.resolve(made),
    onFault: () => undefined,
  });
  return { desk, calls, rows };
}

const interrupted = (): PlaybookRun => ({
  run: 'run_1',
  playbook: 'stolen-key',
  name: 'Stolen key',
  digest: read.summary.digest,
  incident: 'inc_1',
  state: 'running',
  actor: 'ada',
  started: TIME,
  changed: TIME,
  variables: { __incident__: 'inc_1', __principal__: 'key_1' },
  steps: [toStepRun(freezeId, freeze, 'contain', TIME)],
  notes: [],
});
const made = {
  id: 'con_1',
  state: 'effective',
  reason: `stolen (Stolen key, run_1/${freezeId.slice(-12)})`,
} as Containment;

it('does not contain again what its step had contained', async () => {
  const { desk, calls, rows } = open(interrupted(), [made]);
  await desk.recall();
  expect(calls).toEqual(['keepEvidence', 'revoke', 'updateIncident']);
  expect(rows.get('run_1')).toMatchObject({
    state: 'done',
    steps: [{ containment: 'con_1', state: 'done' }, {}, {}, {}],
  });
});

it('contains where its step had not come to it', async () => {
  const { desk, calls } = open(interrupted(), [{ ...made, reason: 'of another run' }]);
  await desk.recall();
  expect(calls).toEqual(['keepEvidence', 'freeze', 'revoke', 'updateIncident']);
});

it('contains although neither store nor ledger can be written', async () => {
  const { desk, calls } = open({ ...interrupted(), steps: [] }, [], true);
  await desk.recall();
  expect(calls).toEqual(['keepEvidence', 'freeze', 'revoke', 'updateIncident']);
});

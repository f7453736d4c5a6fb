import { expect, it } from 'vitest';
import { Circuit } from './circuit.ts';

const breaker = { failures: 3, cooldown: 1000 };

function make(concurrency?: number): { circuit: Circuit; pass(ms: number): void } {
  let now = 1_000_000;
  const circuit = new Circuit({ breaker, concurrency, clock: () => now });
  return { circuit, pass: (ms) => (now += ms) };
}

function failOnce(circuit: Circuit): void {
  circuit.enter()!.failed('upstream_reset');
}

it('opens after so many failures in a row, and no fewer', () => {
  const { circuit } = make();
  failOnce(circuit);
  failOnce(circuit);
  const fine = circuit.enter()!;
  fine.answered('fine');
  fine.leave();
  failOnce(circuit);
  failOnce(circuit);
  expect(circuit.condition).toBe('ready');
  failOnce(circuit);
  expect(circuit.condition).toBe('resting');
  expect(circuit.enter()).toBeUndefined();
  expect(circuit.health()).toMatchObject({ state: 'open', failures: 5, requests: 6, inflight: 0 });
  expect(circuit.restsFor).toBe(1000);
});

it('lets one request try it after the cooldown, whose answer closes it', () => {
  const { circuit, pass } = make();
  for (let i = 0; i < 3; i++) failOnce(circuit);
  pass(1000);
  const trial = circuit.enter()!;
  expect(circuit.health().state).toBe('trying');
  expect(circuit.enter()).toBeUndefined();
  trial.answered('fine');
  expect(circuit.health().state).toBe('ok');
  expect(circuit.enter()).toBeDefined();
});

it('rests again when the trial fails, and is tried again when the trial says nothing', () => {
  const { circuit, pass } = make();
  for (let i = 0; i < 3; i++) failOnce(circuit);
  pass(1000);
  circuit.enter()!.failed('upstream_timeout');
  expect(circuit.condition).toBe('resting');
  pass(1000);
  circuit.enter()!.leave();
  expect(circuit.health().state).toBe('open');
  expect(circuit.condition).toBe('ready');
});

it('counts load neither as a failure nor as the end of a row of them', () => {
  const { circuit, pass } = make();
  for (let i = 0; i < 10; i++) {
    const visit = circuit.enter()!;
    visit.answered('busy');
    visit.leave();
  }
  expect(circuit.health()).toMatchObject({ state: 'ok', failures: 0 });
  failOnce(circuit);
  failOnce(circuit);
  circuit.enter()!.answered('busy');
  failOnce(circuit);
  expect(circuit.condition).toBe('resting');
  pass(1000);
  // It lives: whoever answers that it is busy is there.
  circuit.enter()!.answered('busy');
  expect(circuit.health().state).toBe('ok');
});

it('opens also where answers begin and always break off', () => {
  const { circuit } = make();
  for (let i = 0; i < 3; i++) {
    const visit = circuit.enter()!;
    visit.answered('fine');
    visit.failed('upstream_reset');
  }
  expect(circuit.condition).toBe('resting');
});

it('counts one failure an asking, however it is told', () => {
  const { circuit } = make();
  const visit = circuit.enter()!;
  visit.answered('failed', 'upstream_status_500');
  visit.failed('upstream_reset');
  visit.failed('upstream_reset');
  expect(circuit.health()).toMatchObject({ failures: 1, lastFailure: { reason: 'upstream_status_500' } });
});

it('ignores what was begun before it opened', () => {
  const { circuit, pass } = make();
  const early = circuit.enter()!;
  const late = circuit.enter()!;
  for (let i = 0; i < 3; i++) failOnce(circuit);
  early.answered('fine');
  early.leave();
  expect(circuit.condition).toBe('resting');
  pass(999);
  late.failed('upstream_reset');
  pass(1);
  expect(circuit.condition).toBe('ready');
});

it('takes no more at once than it may, and takes again when one leaves', () => {
  const { circuit } = make(2);
  const first = circuit.enter()!;
  circuit.enter();
  expect(circuit.condition).toBe('full');
  expect(circuit.enter()).toBeUndefined();
  first.leave();
  first.leave();
  expect(circuit.health()).toMatchObject({ inflight: 1, concurrency: 2 });
  expect(circuit.enter()).toBeDefined();
  expect(circuit.condition).toBe('full');
});

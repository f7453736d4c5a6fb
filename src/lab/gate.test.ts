// A gate passes what was measured to its end and is good enough, and nothing else.
import { expect, it } from 'vitest';
import { AttackResult, GateRequirement, type Scorecard } from '../contract/index.ts';
import { wilson } from '../stats/index.ts';
import { checkGate, judgeGate } from './gate.ts';

const attack = (name: string, eps: number, robust: number, end: AttackResult['end'] = 'complete'): AttackResult =>
  AttackResult.parse({
    ...{ name, eps, norm: 'linf', steps: 1, needs: 'labels', end, samples: 100, attacked: 90, fooled: 90 - robust },
    ...{ robustAccuracy: robust / 100, interval: wilson(robust, 100), rejected: {}, seconds: 0 },
    queries: { total: 0, gradients: 0, meanPerSample: 0 },
  });

const card = {
  data: { cleanAccuracy: 0.9, interval: wilson(90, 100) },
  settings: { norm: 'linf' },
  eps: 0.2,
  attacks: [attack('pgd', 0.1, 60), attack('pgd', 0.2, 30), attack('square', 0.2, 35, 'stopped')],
  curve: [
    { eps: 0.1, robustAccuracy: {}, worstCase: 0.6 },
    { eps: 0.2, robustAccuracy: {}, worstCase: 0.3 },
  ],
} as unknown as Scorecard;

const judge = (requirement: object) => judgeGate({ require: [GateRequirement.parse(requirement)] }, card).outcomes[0]!;

it('compares the share, or the end of its interval that speaks against it', () => {
  expect(judge({ attack: 'pgd', eps: 0.1, robustAccuracy: '>= 0.6' })).toMatchObject({ passed: true, value: 0.6 });
  expect(judge({ attack: 'pgd', eps: 0.1, robustAccuracy: '> 0.6' })).toMatchObject({
    passed: false,
    reason: 'it is 0.6000',
  });
  expect(judge({ attack: 'pgd', eps: 0.1, robustAccuracy: '>= .5', by: 'interval' })).toMatchObject({ passed: true });
  expect(judge({ attack: 'pgd', eps: 0.1, robustAccuracy: '>= 0.55', by: 'interval' })).toMatchObject({
    passed: false,
  });
  // Without eps the greatest.
  expect(judge({ attack: 'pgd', robustAccuracy: '>= 0.3' })).toMatchObject({ passed: true, value: 0.3 });
  expect(judge({ cleanAccuracy: '>= 0.9' })).toMatchObject({ passed: true });
  expect(judge({ cleanAccuracy: '>= 0.95', attack: 'pgd', robustAccuracy: '>= 0.1' })).toMatchObject({ passed: false });
  expect(judge({ robustAccuracy: '>= 0.5', eps: 0.1 })).toMatchObject({ passed: true, value: 0.6 });
});

it('passes nothing that was not measured, or not to its end', () => {
  expect(judge({ attack: 'square', robustAccuracy: '>= 0.1' })).toMatchObject({
    passed: false,
    reason: 'the attack did not come to its end',
  });
  expect(judge({ robustAccuracy: '>= 0.1' })).toMatchObject({ passed: false });
  expect(judge({ attack: 'fab', robustAccuracy: '>= 0.1' })).toMatchObject({
    passed: false,
    reason: 'it was not measured',
  });
  expect(judge({ attack: 'pgd', eps: 0.3, robustAccuracy: '>= 0.1' })).toMatchObject({ passed: false });
});

it('refuses before the run what the run will not measure', () => {
  const run = { attacks: ['pgd'], norm: 'linf', eps: [0.1] } as const;
  const check = (requirement: object) => () => checkGate({ require: [GateRequirement.parse(requirement)] }, run);
  expect(check({ attack: 'pgd', norm: 'linf', eps: 0.1, robustAccuracy: '>= 0.3' })).not.toThrow();
  expect(check({ cleanAccuracy: '>= 0.3' })).not.toThrow();
  for (const other of [{ attack: 'square' }, { norm: 'l2' }, { eps: 0.2 }]) {
    expect(check({ ...other, robustAccuracy: '>= 0.3' })).toThrow(/which this run does not measure/);
  }
});

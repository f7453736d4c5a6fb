import { expect, it } from 'vitest';
import { KeyRequest } from '../../contract.ts';
import { EMPTY_BUDGET, EMPTY_KEY, toKeyRequest } from './key-form.ts';

const draft = { ...EMPTY_KEY, name: 'support bot' };

it('makes a request that the contract takes', () => {
  const request = toKeyRequest({
    ...draft,
    routes: 'gpt-*, claude-*  local',
    expires: '2030-01-31',
    budgets: [{ ...EMPTY_BUDGET, tokens: 5_000, dollars: 0.25 }],
  });
  expect(KeyRequest.parse(request)).toMatchObject({
    routes: ['gpt-*', 'claude-*', 'local'],
    budgets: [{ period: 'day', tokens: 5_000, costMicros: 250_000 }],
  });
});

it.each([
  ['name', { name: '  ' }],
  ['routes', { routes: ' , ' }],
  ['budgets', { budgets: [EMPTY_BUDGET] }],
  [
    'budgets',
    {
      budgets: [
        { ...EMPTY_BUDGET, tokens: 1 },
        { ...EMPTY_BUDGET, requests: 1 },
      ],
    },
  ],
  ['budgets', { budgets: [{ ...EMPTY_BUDGET, tokens: -1 }] }],
])('says what is wrong with %s', (field, change) => {
  expect(toKeyRequest({ ...draft, ...change })).toMatchObject({ field });
});

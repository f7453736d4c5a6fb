// The typed client: requests as the table words them, answers and failures as what they are.
import { describe, expect, it } from 'vitest';
import { AncileError } from '../../base/index.ts';
import { API, type ApiRequest, createApiClient, toApiRequest } from './index.ts';

function clientThat(answers: { status: number; body: unknown }) {
  const sent: ApiRequest[] = [];
  const client = createApiClient(async (request) => {
    sent.push(request);
    return answers;
  });
  return { client, sent };
}

const key = {
  id: 'key_1',
  name: 'n',
  tenant: 't',
  kind: 'service',
  routes: ['*'],
  artifacts: [],
  artifactsPush: [],
  tools: [],
  created: 'now',
  budgets: [],
};

describe('a request', () => {
  it('has names in its path, the rest in the query of a GET and the body of all else', () => {
    expect(toApiRequest(API.getKeyUsage, { id: 'key_1/x?' })).toEqual({
      method: 'GET',
      path: '/api/v1/keys/key_1%2Fx%3F/usage',
      query: '',
      body: undefined,
    });
    expect(toApiRequest(API.searchExchanges, { text: 'a b&c', limit: 5, model: undefined })).toMatchObject({
      path: '/api/v1/exchanges',
      query: 'text=a+b%26c&limit=5',
      body: undefined,
    });
    expect(toApiRequest(API.decideApproval, { id: 'ap_1', verdict: 'deny' })).toEqual({
      method: 'POST',
      path: '/api/v1/approvals/ap_1/decision',
      query: '',
      body: { verdict: 'deny' },
    });
    expect(toApiRequest(API.removeTotp, { password: 'x' })).toMatchObject({
      method: 'DELETE',
      body: { password: 'x' },
    });
  });

  it.each(['', '.', '..', undefined, {}])('is none with %j for an id', async (id) => {
    const { client, sent } = clientThat({ status: 200, body: key });
    await expect(client.revokeKey({ id: id as string })).rejects.toMatchObject({ code: 'request_invalid', at: 'id' });
    expect(sent).toEqual([]);
  });
});

describe('an answer', () => {
  it('is checked, and rid of what this version does not know', async () => {
    const { client } = clientThat({ status: 200, body: { keys: [{ ...key, later: 1 }], more: 2 } });
    expect(await client.listKeys({})).toEqual({ keys: [key] });
  });

  it('of another form is a fault', async () => {
    const { client } = clientThat({ status: 200, body: { keys: 'none' } });
    await expect(client.listKeys({})).rejects.toMatchObject({ code: 'internal' });
  });

  it('that is a failure is that error', async () => {
    const error = { code: 'conflict', message: 'taken', at: 'name', hint: 'Choose another.' };
    const failed = clientThat({ status: 409, body: { error } }).client.listKeys({});
    await expect(failed).rejects.toBeInstanceOf(AncileError);
    await expect(failed).rejects.toMatchObject({ ...error, status: 409 });
    const strange = clientThat({ status: 418, body: { error: { code: 'teapot', message: 'no' } } }).client;
    await expect(strange.listKeys({})).rejects.toMatchObject({ code: 'internal', message: 'no' });
    await expect(clientThat({ status: 502, body: '<html>' }).client.listKeys({})).rejects.toThrow(/version/);
  });
});

it('has every operation of the table', () => {
  expect(Object.keys(clientThat({ status: 200, body: {} }).client).sort()).toEqual(Object.keys(API).sort());
});

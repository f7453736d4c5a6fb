// The recipe of docs/guides/approvals.md as whoever copies it would run it: a payment is held, everything else goes on;
// and the webhook's verifier on that page agrees with ours.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { signWebhook } from '../src/access/index.ts';
import { createGuard } from '../src/index.ts';
import { exportPolicySet } from '../src/policy/index.ts';
import { codeBlocks, pages } from './docs-pages.ts';

const page = pages().find(({ name }) => name === join('docs', 'guides', 'approvals.md'))!;
const dir = mkdtempSync(join(tmpdir(), 'ancile-docs-approvals-'));
afterAll(() => rmSync(dir, { recursive: true }));

const blocks = (language: string, mark: string): string =>
  codeBlocks(page.text, [language]).find(({ text }) => text.includes(mark))!.text;

function guardOfThePage() {
  const set = join(dir, 'set');
  exportPolicySet('default', set);
  // The file of the set's own that speaks of answers, with the recipe in its place.
  writeFileSync(join(set, 'output.cedar'), blocks('cedar', 'payment.hold'));
  writeFileSync(join(dir, 'payments.yaml'), blocks('yaml', 'harmful.payment_call'));
  return createGuard({ policies: set, rules: [join(dir, 'payments.yaml')] });
}

const answer = (name: string) => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [
    {
      index: 0,
      finish_reason: 'tool_calls',
      message: {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: '{"amount":4000,"to":"Bob"}' } }],
      },
    },
  ],
});

it('holds a tool call that moves money, and no other', () => {
  const guard = guardOfThePage();
  const request = { model: 'm', messages: [{ role: 'user', content: 'Pay Bob what we owe him.' }] };
  const exchange = guard.openai(request);
  expect(exchange.request.denied).toBe(false);
  const payment = exchange.judgeAnswer(answer('transfer_money'));
  expect(payment).toMatchObject({ denied: true, decision: { action: 'hold' } });
  expect(payment.denial).toMatchObject({ code: 'held_for_approval' });
  expect(payment.denial?.message).toContain('payments wait for a person (payment.hold)');
  expect(exchange.judgeAnswer(answer('look_up_balance')).denied).toBe(false);
  // Speaking of it is not doing it.
  const talk = {
    ...answer('x'),
    choices: [
      { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'I would call transfer_money.' } },
    ],
  };
  expect(exchange.judgeAnswer(talk).denied).toBe(false);
});

it('prints a verifier that takes our signatures, and no others', async () => {
  const file = join(dir, 'verifier.mjs');
  writeFileSync(file, blocks('js', 'isFromAncile'));
  const { isFromAncile } = (await import(file)) as {
    isFromAncile(header: string, body: string, secret: string, now: number): boolean;
  };
  const now = 1_767_225_600_000;
  const signature = signWebhook('{"a":1}', 'secret of the page', now);
  expect(isFromAncile(signature, '{"a":1}', 'secret of the page', now + 299_000)).toBe(true);
  expect(isFromAncile(signature, '{"a":2}', 'secret of the page', now)).toBe(false);
  expect(isFromAncile(signature, '{"a":1}', 'another secret', now)).toBe(false);
  expect(isFromAncile(signature, '{"a":1}', 'secret of the page', now + 400_000)).toBe(false);
  expect(isFromAncile('', '', '', now)).toBe(false);
});

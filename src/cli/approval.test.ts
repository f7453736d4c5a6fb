// What a held thing looks like in a terminal to whoever decides on it.
import { expect, it, vi } from 'vitest';
import type { Approval } from '../contract/index.ts';
import { printApproval } from './approval.ts';

const approval: Approval = {
  ...{ id: 'ap_1', state: 'pending', direction: 'input', digest: 'd', findings: [], policies: [] },
  exchange: {
    ...{ id: 'ex_1', surface: 'openai.chat', route: '*', model: 'm', upstream: 'u', stream: false },
    principal: { id: 'key_1', kind: 'service', name: 'app', tenant: 't' },
  },
  ...{ requested: '2026-01-01T00:00:00.000Z', expires: '2026-01-02T00:00:00.000Z' },
};

function shown(...texts: Parameters<typeof printApproval>[1]): string {
  const lines: string[] = [];
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  try {
    printApproval(approval, texts);
  } finally {
    out.mockRestore();
  }
  return lines.join('\n');
}

it('says of a text that was cut that there is more of it, and of no other', () => {
  expect(shown({ path: '/a', channel: 'user', text: 'the beginning', cut: true })).toMatch(
    /the beginning[^]*It goes on/,
  );
  const whole = shown({ path: '/a', channel: 'user', text: 'all of it' });
  expect(whole).toContain('all of it');
  expect(whole).not.toContain('It goes on');
});

it('shows what would steer the terminal instead of sending it', () => {
  expect(shown({ path: '/a', channel: 'user', text: 'a\u001b[2Jb' })).not.toContain('\u001b[2J');
});

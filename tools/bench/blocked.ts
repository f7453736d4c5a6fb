// The record that deliveries are measured with: a request that was blocked.
import type { RecordBody } from '../../src/contract/index.ts';

export function blocked(n: number): RecordBody {
  return {
    kind: 'exchange.opened',
    exchange: {
      id: `ex_${n}`,
      surface: 'openai.chat',
      principal: { id: 'key_1', kind: 'service', name: 'bench', tenant: 'default' },
      route: '*',
      model: 'gpt-4o-mini',
      upstream: 'main',
      stream: false,
    },
    inputDigest: 'd'.repeat(64),
    segments: 2,
    findings: [
      {
        rule: 'injection.override',
        class: 'injection',
        severity: 'high',
        score: 0.9,
        start: 0,
        end: 9,
        evidence: 'override',
        techniques: ['AML.T0051.000'],
        detector: 'attack',
        segment: '/messages/0/content',
        channel: 'user',
      },
    ],
    decision: {
      action: 'block',
      policies: [{ id: 'block-injection', action: 'block', reason: 'an injection' }],
      stages: [],
      policyVersion: 'v'.repeat(64),
    },
  };
}

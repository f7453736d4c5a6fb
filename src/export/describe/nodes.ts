// What came from elsewhere, and what became of the streams that it came by.
import type { LedgerRecord } from '../../contract/index.ts';
import type { Described } from './described.ts';

type Of<K extends LedgerRecord['kind']> = Extract<LedgerRecord, { kind: K }>;

/** Of what it is carried by; what it carries is described by its own kind. */
export function forwarded({ origin, unread }: Of<'forwarded'>): Described {
  return {
    family: 'other',
    activity: 'other',
    severity: 'info',
    outcome: 'unknown',
    title: 'A record of another node that is not read here',
    details: { originNode: origin.node, originSeq: origin.seq, originDigest: origin.digest, unread },
  };
}

const WORDS: Readonly<Record<Of<'node.stream'>['event'], string>> = {
  began: 'its first records are here',
  gap: 'records of it will never come',
  rewound: 'it was put back to an earlier time',
  fork: 'it has signed two histories',
  accepted: 'a person let it go on',
  silent: 'nothing is heard of it',
  returned: 'it is heard of again',
};

const GRAVE: Partial<Record<Of<'node.stream'>['event'], Described['severity']>> = {
  fork: 'critical',
  rewound: 'high',
  gap: 'high',
  silent: 'medium',
  accepted: 'medium',
};

export function nodeStream({ event, origin, from, to, proved, actor }: Of<'node.stream'>): Described {
  const bad = event !== 'began' && event !== 'returned' && event !== 'accepted';
  return {
    family: 'lifecycle',
    activity: 'other',
    severity: GRAVE[event] ?? 'info',
    outcome: bad ? 'failure' : 'success',
    title: `A node that forwards its records: ${WORDS[event]}`,
    ...(actor === undefined ? {} : { actor: { id: actor } }),
    subject: { type: 'node', id: origin.node },
    correlation: `node ${origin.node}`,
    details: { event, from, to, proved },
  };
}

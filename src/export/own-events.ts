// Events that no record stands behind: that some were lost to pruning, and that a receiver is tried. Each says so.
import { randomUUID } from 'node:crypto';
import type { ExportEvent, SinkView } from '../contract/index.ts';
import { bounded } from './describe/bounds.ts';

export function gapEvent(node: string, { from, to, time }: SinkView['gaps'][number]): ExportEvent {
  // The same gap told twice is one: its bounds name it.
  const head = { id: `${node}-gap-${from}-${to}`, seq: from, node, time, kind: 'export.gap' };
  return bounded(head, {
    family: 'lifecycle',
    activity: 'other',
    severity: 'high',
    outcome: 'failure',
    title: 'Records were pruned from the ledger before this receiver had them',
    subject: { type: 'records', id: `${from}-${to - 1}` },
    count: to - from,
  });
}

export function testEvent(node: string, seq: number, now: number): ExportEvent {
  const head = {
    id: `${node}-test-${randomUUID()}`,
    seq,
    node,
    time: new Date(now).toISOString(),
    kind: 'export.test',
  };
  return bounded(head, {
    family: 'lifecycle',
    activity: 'other',
    severity: 'info',
    outcome: 'success',
    title: 'This is a test: nothing happened',
  });
}

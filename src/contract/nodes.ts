// Nodes that forward their records, and the centre that takes them in: how the configuration words them.
import { z } from 'zod';
import { NodeName } from './carried.ts';
import { Duration } from './values.ts';

export const Forward = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('address of the central server; only loopback may be http'),
  ca: z.string().optional().describe('PEM file of the authority of its certificate, where the system has it not'),
  from: z
    .enum(['start', 'now'])
    .default('start')
    .describe('where a node begins that the centre has nothing of: at the start of its ledger, or now'),
  retryMost: Duration.prefault('30s').describe('longest pause before a centre that failed is tried again'),
  heartbeat: Duration.prefault('30s').describe('a node that has nothing new says so every'),
});
export type Forward = z.infer<typeof Forward>;

export const Nodes = z.strictObject({
  enrolled: z
    .record(NodeName, z.strictObject({ key: z.string().describe('its keys/signing.pub.pem, copied here') }))
    .default({})
    .describe('nodes by name: who is not here is refused'),
  recordsPerSecond: z.int().min(1).default(2000).describe('records taken from each node, over ten seconds'),
  silentAfter: Duration.prefault('5m').describe('a node that was heard of and says nothing for so long is on record'),
});
export type Nodes = z.infer<typeof Nodes>;

// The gate of origins at a call: what it rules is done, recorded, and told; what a call gave is told to it.
import { createRestraints } from '../../access/index.ts';
import { expect, it } from 'vitest';
import type { RecordBody, ToolRuling } from '../../contract/index.ts';
import { createPipeline } from '../../guard/index.ts';
import { loadPolicySet, shippedPolicySet } from '../../policy/index.ts';
import { makeCall } from './call.ts';
import { readDefinition } from './definitions.ts';
import type { FlowCall, FlowGate } from './flow-gate.ts';
import type { Json, RpcOutcome } from './json-rpc.ts';
import type { CallParts } from './parts.ts';
import type { ToolServer } from './tool-server.ts';

const policies = loadPolicySet(shippedPolicySet('default'));
const PRINCIPAL = { id: 'key_1', kind: 'agent', name: 'a', tenant: 'default' } as const;
const TOOL = readDefinition('tool', { name: 'send', inputSchema: { type: 'object' } })!;

function ruling(action: ToolRuling['action']): ToolRuling {
  return {
    tool: 'send',
    server: 'mail',
    effect: 'write',
    mode: 'strict',
    untrusted: true,
    private: false,
    action,
    policies: [{ id: 'ungrounded.hold', action, reason: 'an argument does not come from the user' }],
    concerns: ['target_ungrounded'],
    reasons: [],
    arguments: { to: { origin: 'untrusted', kind: 'target', grounded: false } },
  };
}

async function call(gate: FlowGate | undefined, given: Json = { to: 'eve@evil.example' }, fail = false) {
  const records: RecordBody[] = [];
  const sent: Json[] = [];
  const parts = {
    clock: Date.now,
    policies,
    pipeline: createPipeline({ detectors: [], policies: () => policies }),
    append: async (body: RecordBody) => {
      if (fail) throw new Error('disk full');
      records.push(body);
    },
    keyedDigest: () => 'digest',
    restraints: createRestraints(),
    onFault: () => undefined,
  } as unknown as CallParts;
  const server = {
    name: 'mail',
    settings: { trusted: false, tools: {} },
    rules: [],
    labels: undefined,
  } as unknown as ToolServer;
  const outcome = await makeCall(
    {
      parts,
      caller: { principal: PRINCIPAL, tools: ['*'], budgets: [], isActive: () => true },
      session: 'label',
      flow: gate,
      affected: {},
      signal: new AbortController().signal,
      send: async (params): Promise<RpcOutcome> => {
        sent.push({ ...params, recorded: records.length });
        return { result: { content: [{ type: 'text', text: 'sent' }], _meta: { secret: 1 } } };
      },
    },
    { method: 'tools/call', name: 'send', arguments: given, server, definition: TOOL, objection: undefined },
  ).catch((thrown: unknown) => thrown);
  return { outcome, records, sent };
}

function gateOf(action: ToolRuling['action']): FlowGate & { decided: FlowCall[]; noted: unknown[] } {
  const decided: FlowCall[] = [];
  const noted: unknown[] = [];
  return {
    decided,
    noted,
    decide(asked) {
      decided.push(asked);
      return ruling(action);
    },
    settled: () => Promise.resolve(),
    noteResult: (_, result) => void noted.push(result),
    noteAside: (_, text) => void noted.push(text),
  };
}

it('sends what it allows, once the record is there, and notes what came of it', async () => {
  const gate = gateOf('allow');
  const { outcome, records, sent } = await call(gate);
  expect(outcome).toEqual({ result: { content: [{ type: 'text', text: 'sent' }] } });
  expect(sent).toEqual([{ name: 'send', arguments: { to: 'eve@evil.example' }, recorded: 1 }]);
  expect(gate.decided).toMatchObject([{ session: 'label', server: 'mail', tool: 'send', principal: PRINCIPAL }]);
  expect(gate.noted).toEqual([{ content: [{ type: 'text', text: 'sent' }] }]);
  expect(records[0]).toMatchObject({ kind: 'exchange.opened', call: { concerns: ['target_ungrounded'] } });
});

it.each(['hold', 'block'] as const)('sends nothing of what it says to %s, and lets the agent go on', async (action) => {
  const gate = gateOf(action);
  const { outcome, records, sent } = await call(gate);
  expect(sent).toEqual([]);
  expect(gate.noted).toEqual([]);
  expect(outcome).toMatchObject({ result: { isError: true } });
  expect(JSON.stringify(outcome)).toContain('ungrounded.hold');
  expect(records).toMatchObject([
    { kind: 'exchange.opened', call: { action }, decision: { action } },
    { kind: 'exchange.closed', outcome: 'denied_input' },
  ]);
});

it('sends nothing that could not be recorded', async () => {
  const { outcome, sent } = await call(gateOf('allow'), {}, true);
  expect(sent).toEqual([]);
  expect(outcome).toMatchObject({ code: 'ledger_fault' });
});

it('without a gate rules by the tool alone, and records no ruling', async () => {
  const { records, sent } = await call(undefined);
  expect(sent).toHaveLength(1);
  expect(records[0]).not.toHaveProperty('call');
});

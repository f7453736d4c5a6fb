// Nodes that forward their records here: how far each is, and letting one go on that was stopped.
import { z } from 'zod';
import { NodeName, NodeView } from '../carried.ts';
import { defineEndpoint } from './endpoint.ts';

export const nodesApi = {
  listNodes: defineEndpoint({
    method: 'GET',
    path: '/nodes',
    needs: 'traffic.read',
    summary: 'Every node: how far its records are here, its lag, gaps, when it was heard of last.',
    input: z.strictObject({}),
    answer: z.object({ nodes: z.array(NodeView) }),
  }),
  acceptNode: defineEndpoint({
    method: 'POST',
    path: '/nodes/:name/accept',
    needs: 'system.manage',
    summary: 'Let a node go on that signed two histories: what it sends from then on is another run of it.',
    input: z.strictObject({ name: NodeName }),
    answer: z.object({ node: NodeView }),
  }),
};

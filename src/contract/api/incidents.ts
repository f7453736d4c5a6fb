// Incidents, and what contains them.
import { z } from 'zod';
import { Severity } from '../finding.ts';
import {
  BlastRadius,
  Containment,
  ContainmentAction,
  ContainmentTarget,
  ContainmentWith,
  Incident,
  IncidentState,
  Involved,
} from '../incident.ts';
import { StoredRecord } from '../record.ts';
import { defineEndpoint } from './endpoint.ts';

const Asked = z.strictObject({
  /** Left out: everything is frozen. */
  action: ContainmentAction.default('freeze'),
  target: ContainmentTarget.default({}),
  with: ContainmentWith.optional(),
});

export const incidentsApi = {
  listIncidents: defineEndpoint({
    method: 'GET',
    path: '/incidents',
    needs: 'traffic.read',
    summary: 'Incidents, those that changed last first.',
    input: z.strictObject({
      state: IncidentState.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    answer: z.object({ incidents: z.array(Incident) }),
  }),
  getIncident: defineEndpoint({
    method: 'GET',
    path: '/incidents/:id',
    needs: 'traffic.read',
    summary: 'An incident with its timeline: its own records, those it rests on, and what contained it.',
    input: z.strictObject({ id: z.string() }),
    answer: z.object({ incident: Incident, timeline: z.array(StoredRecord), containments: z.array(Containment) }),
  }),
  openIncident: defineEndpoint({
    method: 'POST',
    path: '/incidents',
    needs: 'incidents.respond',
    summary: 'Open an incident by hand.',
    input: z.strictObject({
      title: z.string().min(1).max(200),
      severity: Severity.default('high'),
      involved: Involved.strict().optional(),
      /** Records that it rests on, by seq. */
      records: z.array(z.int().nonnegative()).max(50).optional(),
      note: z.string().max(4000).optional(),
    }),
    answer: Incident,
  }),
  updateIncident: defineEndpoint({
    method: 'POST',
    path: '/incidents/:id',
    needs: 'incidents.respond',
    summary: 'Its state, severity, owner, facts, or a note. Closing it needs a note: what was learnt.',
    input: z.strictObject({
      id: z.string(),
      state: IncidentState.optional(),
      severity: Severity.optional(),
      owner: z.string().min(1).max(100).optional(),
      note: z.string().min(1).max(4000).optional(),
      facts: z.record(z.string().max(100), z.union([z.string().max(1000), z.boolean()])).optional(),
    }),
    answer: Incident,
  }),
  previewContainment: defineEndpoint({
    method: 'POST',
    path: '/containments/preview',
    needs: 'traffic.read',
    summary: 'What a containment would cover. Nothing is done.',
    input: Asked,
    answer: BlastRadius,
  }),
  contain: defineEndpoint({
    method: 'POST',
    path: '/containments',
    needs: 'incidents.respond',
    summary: 'Contain something; with no input at all, freeze everything. Answers when it is in force.',
    input: Asked.extend({
      reason: z.string().max(1000).default(''),
      incident: z.string().optional(),
      /** ISO 8601 time at which it ends by itself. */
      expires: z.iso.datetime({ offset: true }).optional(),
    }),
    answer: Containment,
  }),
  listContainments: defineEndpoint({
    method: 'GET',
    path: '/containments',
    needs: 'traffic.read',
    summary: 'What is contained, or waits for a second person; with `all`, also what was.',
    input: z.strictObject({
      all: z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).default(false),
      incident: z.string().optional(),
    }),
    answer: z.object({ containments: z.array(Containment) }),
  }),
  confirmContainment: defineEndpoint({
    method: 'POST',
    path: '/containments/:id/confirm',
    needs: 'incidents.respond',
    summary: 'The second yes (or no), of another person than the one who asked.',
    input: z.strictObject({ id: z.string(), verdict: z.enum(['approve', 'deny']).default('approve') }),
    answer: Containment,
  }),
  liftContainment: defineEndpoint({
    method: 'POST',
    path: '/containments/:id/lift',
    needs: 'incidents.respond',
    summary: 'Undo a containment.',
    input: z.strictObject({ id: z.string(), reason: z.string().max(1000).default('') }),
    answer: Containment,
  }),
};

// Import of what other services' logs tell of.
import { z } from 'zod';
import { LoggedCall } from '../imported.ts';
import { ImportView } from '../imports.ts';
import { defineEndpoint } from './endpoint.ts';

export const importsApi = {
  listImports: defineEndpoint({
    method: 'GET',
    path: '/imports',
    needs: 'traffic.read',
    summary:
      'The sources of logs that are read as they come: how far each is, what it brought, what could not be read.',
    input: z.strictObject({}),
    answer: z.object({ imports: z.array(ImportView) }),
  }),
  importLogs: defineEndpoint({
    method: 'POST',
    path: '/imports/logs',
    needs: 'system.manage',
    summary: 'Put calls on record that a cloud logged; each once, by its id. Their texts are judged and not kept.',
    input: z.strictObject({ calls: z.array(LoggedCall).max(500) }),
    answer: z.object({
      added: z.int(),
      /** On record already. */
      known: z.int(),
      findings: z.int(),
    }),
  }),
};

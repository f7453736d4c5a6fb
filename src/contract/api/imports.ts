// Import of what other services' logs tell of.
import { z } from 'zod';
import { LoggedCall } from '../imported.ts';
import { defineEndpoint } from './endpoint.ts';

export const importsApi = {
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

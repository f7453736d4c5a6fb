// What is done about an incident beyond one containment: playbooks, evidence, legal clocks, word to others.
import { z } from 'zod';
import { LegalClock, LegalQuestion } from '../legal.ts';
import { PlaybookRun, PlaybookSummary } from '../playbook.ts';
import { defineEndpoint } from './endpoint.ts';

const id = z.string();
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).default(false);

export const playbooksApi = {
  listPlaybooks: defineEndpoint({
    method: 'GET',
    path: '/playbooks',
    needs: 'traffic.read',
    summary: 'Playbooks: those that come with the program, and those of `incidents.playbooks`.',
    input: z.strictObject({}),
    answer: z.object({ playbooks: z.array(PlaybookSummary) }),
  }),
  listPlaybookRuns: defineEndpoint({
    method: 'GET',
    path: '/incidents/:id/playbooks',
    needs: 'traffic.read',
    summary: 'What playbooks did about an incident, newest first.',
    input: z.strictObject({ id }),
    answer: z.object({ runs: z.array(PlaybookRun) }),
  }),
  runPlaybook: defineEndpoint({
    method: 'POST',
    path: '/incidents/:id/playbooks',
    needs: 'incidents.respond',
    summary: 'Run a playbook, or go on with a run that is not over; with `dryRun`, say what it would do.',
    input: z.strictObject({
      id,
      playbook: z.string().min(1).max(200),
      /** By the names of the playbook's variables, without the underscores. */
      variables: z.record(z.string().max(200), z.string().max(1000)).default({}),
      dryRun: z.boolean().default(false),
      /** Begin anew although a run of the same is over. */
      again: z.boolean().default(false),
    }),
    answer: PlaybookRun,
  }),
  answerPlaybook: defineEndpoint({
    method: 'POST',
    path: '/playbook-runs/:run/answer',
    needs: 'incidents.respond',
    summary: 'The yes or no of a person that a run waits for; it then goes on.',
    input: z.strictObject({
      run: z.string(),
      verdict: z.enum(['approve', 'deny']),
      /** The step, where several wait. */
      step: z.string().max(100).optional(),
      note: z.string().min(1).max(1000).optional(),
      /** Who says so: at the machine itself, where nobody has signed in. */
      person: z.string().min(1).max(100).optional(),
    }),
    answer: PlaybookRun,
  }),
  keepEvidence: defineEndpoint({
    method: 'POST',
    path: '/incidents/:id/evidence',
    needs: 'incidents.respond',
    summary: 'Keep the evidence of an incident as it is now: a signed bundle in the data folder.',
    input: z.strictObject({ id }),
    answer: z.object({
      /** Its path on the server's machine. */
      file: z.string(),
      bytes: z.int(),
      sha256: z.string(),
      records: z.int(),
      /** Records that the ledger could not prove. */
      unproven: z.int(),
    }),
  }),
  bundleIncident: defineEndpoint({
    method: 'GET',
    path: '/incidents/:id/bundle',
    needs: 'traffic.read',
    summary: 'The evidence bundle of an incident as it is now.',
    input: z.strictObject({ id }),
    answer: z.object({
      sha256: z.string(),
      records: z.int(),
      unproven: z.int(),
      /** The archive, base64. */
      zip: z.string(),
    }),
  }),
  getClocks: defineEndpoint({
    method: 'GET',
    path: '/incidents/:id/clocks',
    needs: 'traffic.read',
    summary: 'Legal deadlines of an incident, and the questions that start them. No legal advice.',
    input: z.strictObject({ id }),
    answer: z.object({ clocks: z.array(LegalClock), questions: z.array(LegalQuestion) }),
  }),
  draftNotice: defineEndpoint({
    method: 'GET',
    path: '/incidents/:id/notices/:regime',
    needs: 'traffic.read',
    summary: 'A draft of a notice: what is known, and marked blanks. No legal advice.',
    input: z.strictObject({ id, regime: z.string().max(100) }),
    answer: z.object({
      regime: z.string(),
      /** Markdown. */
      draft: z.string(),
    }),
  }),
  getStix: defineEndpoint({
    method: 'GET',
    path: '/incidents/:id/stix',
    needs: 'traffic.read',
    summary: 'An incident as a STIX 2.1 bundle; with `names`, also whom it is about.',
    input: z.strictObject({ id, tlp: z.enum(['white', 'green', 'amber', 'red']).default('amber'), names: flag }),
    answer: z.object({
      type: z.literal('bundle'),
      id: z.string(),
      objects: z.array(z.record(z.string(), z.unknown())),
    }),
  }),
};

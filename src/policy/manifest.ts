// The head of a policy set: its name, what a fault of each stage does, and the files that make it up.
import { z } from 'zod';
import { OnFault, StageName } from '../contract/index.ts';

/** A plain name within the set's folder: no way out of it. */
const fileName = (ending: RegExp, what: string): z.ZodString =>
  z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected the plain name of a file in this folder')
    .regex(ending, `expected the name of a ${what} file`);

export const PolicyManifest = z.strictObject({
  name: z.string().min(1).max(100),
  version: z.string().min(1).max(50),
  description: z.string().max(1000).optional(),
  /** Required for every stage: what happens when it cannot do its work is a written choice. */
  onFault: z.record(StageName, OnFault),
  policies: z
    .array(fileName(/\.cedar$/, '.cedar'))
    .min(1)
    .max(50)
    .refine((files) => new Set(files).size === files.length, 'a file is named twice'),
  cases: fileName(/\.ya?ml$/, 'YAML').optional(),
});
export type PolicyManifest = z.infer<typeof PolicyManifest>;

// What is known of a model by its own files, as it is shown: each statement with the file that makes it.
import { z } from 'zod';

/** The path of a file within the model, or whoever else says so. */
const source = z.string();

/** The one value of a field, such as the task. */
const Stated = z.object({ field: z.string(), value: z.string(), source });

export const BomFacts = z.object({
  /** Of 100: how much of what should be known is stated, by weight. */
  score: z.number(),
  /** What no file states, the weightiest first. */
  missing: z.array(z.string()),
  single: z.array(Stated),
  /** What other files say of the same, differently. */
  differing: z.array(Stated),
  licences: z.array(z.object({ id: z.string().optional(), name: z.string(), url: z.string().optional(), source })),
  datasets: z.array(z.object({ name: z.string(), use: z.enum(['training', 'evaluation', 'named']), source })),
  baseModels: z.array(
    z.object({
      name: z.string(),
      /** `adapter`, `finetune`, `merge`, `quantized`, as the file says it. */
      relation: z.string().optional(),
      version: z.string().optional(),
      source,
    }),
  ),
  metrics: z.array(z.object({ type: z.string(), value: z.string(), slice: z.string().optional(), source })),
  libraries: z.array(z.object({ name: z.string(), version: z.string().optional(), source })),
  references: z.array(z.object({ type: z.string(), url: z.string(), source })),
  /** What the makers say in words: limitations, intended use, training. */
  considerations: z.array(z.object({ kind: z.string(), text: z.string(), source })),
  ports: z.array(z.object({ direction: z.enum(['input', 'output']), format: z.string(), source })),
  /** Everything else that has a name: `parameters`, `context-length`. */
  properties: z.array(z.object({ name: z.string(), value: z.string(), source })),
  tags: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), size: z.int(), sha256: z.string() })),
  /** What was not read, and why: files that were never fetched, or are broken. */
  unread: z.array(z.object({ path: z.string(), reason: z.string() })),
});
export type BomFacts = z.infer<typeof BomFacts>;

/** A thing that two bills of materials tell differently. */
export const BomChange = z.object({
  kind: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  name: z.string(),
  /** Digest, version or value before. */
  from: z.string().optional(),
  to: z.string().optional(),
});
export type BomChange = z.infer<typeof BomChange>;

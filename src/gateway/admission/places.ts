// The places where objects name models: data (`content/admission/`), held against its schema once.
import { parse } from 'yaml';
import { z } from 'zod';
import { AncileError } from '../../base/index.ts';

const Words = z.array(z.string().min(1)).min(1);
const Reads = z.enum(['model', 'image', 'place', 'command']);

const Places = z.strictObject({
  passedOver: z.array(z.string()),
  schemes: z.record(z.string(), z.enum(['hub', 'image', 'place', 'closed'])),
  fields: z.array(
    z.strictObject({ ends: Words, reads: Reads, kinds: Words.optional(), without: z.string().optional() }),
  ),
  documents: z.array(z.strictObject({ ends: Words, kinds: Words })),
  maps: z.array(z.strictObject({ ends: Words, reads: z.enum(['variables', 'options']), kinds: Words })),
  carriers: z.strictObject({ images: z.array(z.string()), arguments: z.array(z.string()) }),
  environment: z.array(
    z.strictObject({
      names: Words,
      revision: z.array(z.string()),
      bare: z.boolean().optional(),
      list: z.boolean().optional(),
      part: z.boolean().optional(),
    }),
  ),
  options: z.array(
    z.strictObject({
      names: Words,
      revision: z.array(z.string()),
      bare: z.boolean().optional(),
      list: z.boolean().optional(),
      part: z.boolean().optional(),
      /** Only in containers of these programs. */
      only: z.array(z.string()).optional(),
    }),
  ),
  commands: z.array(
    z.strictObject({ words: Words, revision: z.array(z.string()), reads: z.enum(['model', 'place']).optional() }),
  ),
  servers: z.array(z.string()),
  clients: z.array(z.string()),
  brought: z.array(z.string()),
});
export type Places = z.infer<typeof Places>;

/** Whether names of members that lead somewhere end with these, in an object of one of these kinds. */
export function isAt(
  keys: readonly string[],
  kind: string,
  { ends, kinds }: { readonly ends: readonly string[]; readonly kinds?: readonly string[] | undefined },
): boolean {
  if (kinds !== undefined && !kinds.includes(kind)) return false;
  return ends.every((key, i) => keys[keys.length - ends.length + i] === key);
}

/** @throws AncileError `rules_invalid` where the shipped file was changed and is no longer in order */
export function readPlaces(text: string, file: string): Places {
  const places = Places.safeParse(parse(text));
  if (places.success) return places.data;
  const issue = places.error.issues[0]!;
  throw new AncileError('rules_invalid', `${file}: ${issue.path.join('.')}: ${issue.message}`, { at: file });
}

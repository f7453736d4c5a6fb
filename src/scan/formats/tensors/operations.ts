// What operations of a graph reach beyond its numbers: those of TensorFlow by a list, those of anybody by what their names say.
import { z } from 'zod';
import { ScanCapability, Severity } from '../../../contract/index.ts';
import type { Look } from '../../format.ts';
import { shippedList } from '../../lists.ts';
import { escapes, isPrivate } from '../path.ts';

const Listed = z.strictObject({
  op: z.string(),
  capability: ScanCapability,
  why: z.string(),
  severity: Severity.optional(),
  when: z.enum(['outside', 'private']).optional(),
});

/** What an operation does, and for which of its texts that counts. */
export type Operation = Omit<z.infer<typeof Listed>, 'op'>;

const listed = z.array(Listed).transform((list) => new Map<string, Operation>(list.map((each) => [each.op, each])));
const readTensorflow = shippedList('tensorflow-ops.yaml', listed);
const readPaddle = shippedList('paddle-ops.yaml', listed);
const readNamed = shippedList(
  'operations.yaml',
  z.array(
    z.strictObject({
      pattern: z.string().transform((text) => new RegExp(text, 'i')),
      capability: ScanCapability,
      why: z.string(),
    }),
  ),
);

/** What an operation of TensorFlow reaches; undefined for one that stays within its numbers. */
export const operationOf = (name: string): Operation | undefined => readTensorflow().get(name);

/** The same of PaddlePaddle. */
export const paddleOperationOf = (name: string): Operation | undefined => readPaddle().get(name);

/** What an operation of somebody's own reaches, by its name. */
export const operationByName = (name: string): Operation | undefined =>
  readNamed().find(({ pattern }) => pattern.test(name));

/** Whether an operation acts, given these texts: paths, addresses, names. */
export function acts({ when }: Operation, texts: readonly string[]): boolean {
  if (when === undefined) return true;
  return texts.some((text) => (when === 'outside' ? escapes(text) !== undefined || isPrivate(text) : isPrivate(text)));
}

/** Reports what an operation does. @param what - how the message begins, its name in it */
export function reportOperation(
  rule: string,
  what: string,
  { capability, why, severity }: Operation,
  texts: readonly string[],
  offset: number,
  look: Look,
): void {
  const words = texts.length === 0 ? '' : `, given ${texts.map((text) => JSON.stringify(text)).join(', ')}`;
  look.report(rule, {
    message: `${what} ${why}${words}`,
    capability,
    offset,
    ...(severity === undefined ? {} : { severity }),
  });
}

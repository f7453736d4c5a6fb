// Which function a call of R reaches, and what that does.
import { z } from 'zod';
import { ScanCapability } from '../../../contract/index.ts';
import { shippedList } from '../../lists.ts';
import type { RNode } from './node.ts';

const words = z.partialRecord(
  ScanCapability,
  z.string().transform((text) => text.split(/\s+/).filter((word) => word !== '')),
);
const lists = shippedList(
  'r-functions.yaml',
  z.strictObject({ strong: words, others: words }).transform(({ strong, others }) => {
    const functions = new Map<string, RFunction>();
    for (const [group, isStrong] of [
      [others, false],
      [strong, true],
    ] as const)
      for (const [capability, names] of Object.entries(group) as [ScanCapability, string[]][])
        for (const name of names) functions.set(name, { name, capability, isStrong });
    return functions;
  }),
);

export interface RFunction {
  readonly name: string;
  readonly capability: ScanCapability;
  /** Whether it has no place in data, wherever it stands. */
  readonly isStrong: boolean;
}

/** Functions that look up or call a function by the name that they are given. */
const LOOKUPS = new Set([
  'get',
  'get0',
  'match.fun',
  'getFromNamespace',
  'getExportedValue',
  'do.call',
  'dynGet',
  'mget',
]);

const nameOf = (node: RNode | undefined): string | undefined =>
  node?.kind === 'symbol' || node?.kind === 'text' ? node.value : undefined;

function called(head: RNode | undefined): string | undefined {
  const plain = nameOf(head);
  if (plain !== undefined || head?.kind !== 'call') return plain;
  const outer = nameOf(head.items[0]);
  if (outer === '::' || outer === ':::' || outer === '$' || outer === '@') return nameOf(head.items[2]);
  if (outer !== undefined && LOOKUPS.has(outer))
    return head.items
      .slice(1)
      .map(nameOf)
      .find((name) => name !== undefined && lists().has(name));
  return undefined;
}

const isParse = (node: RNode | undefined): boolean =>
  node?.kind === 'call' && /^(?:parse|str2lang|str2expression)$/.test(nameOf(node.items[0]) ?? '');

/** What a call does by its function, or by the one that it is handed; undefined for what is not listed. */
export function functionOf(call: RNode & { kind: 'call' }): RFunction | undefined {
  const name = called(call.items[0]);
  const found = name === undefined ? undefined : lists().get(name);
  if (
    name === undefined ||
    found?.isStrong === true ||
    !(LOOKUPS.has(name) || /^(?:lapply|sapply|vapply|Map|Reduce|Filter|eval|evalq)$/.test(name))
  )
    return found;
  if (/^evalq?$/.test(name) && call.items.slice(1, 4).some(isParse))
    return { name, capability: 'execute', isStrong: true };
  // A function that is called through another: by its name, or as a symbol among the arguments.
  for (const argument of call.items.slice(1, 4)) {
    const inner = called(argument);
    const handed = inner === undefined ? undefined : lists().get(inner);
    if (handed?.isStrong === true) return handed;
  }
  return found;
}

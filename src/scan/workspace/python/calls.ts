// The list of what calls mean (content/scan/python.yaml), ready to be asked by dotted name.
import { z } from 'zod';
import { shippedList } from '../../lists.ts';

const Names = z.array(z.string().min(1));
const Condition = z.record(z.string(), z.union([z.boolean(), z.string()]));
const Load = z.strictObject({
  id: z.string(),
  calls: Names,
  when: Condition.optional(),
  unless: Condition.optional(),
  unlessMentions: Names.optional(),
  rule: z.string().default('python.unsafe-load'),
  says: z.string(),
});
export type Load = z.infer<typeof Load>;

const lastOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/** Names to be found: whole, or by their end. */
class NameSet {
  readonly #whole = new Set<string>();
  /** Ends, by their last name. */
  readonly #ends = new Map<string, string[]>();

  constructor(names: readonly string[]) {
    for (const name of names) {
      if (name.startsWith('*.')) this.#ends.set(lastOf(name), [...(this.#ends.get(lastOf(name)) ?? []), name.slice(1)]);
      else this.#whole.add(name);
    }
  }

  has(path: string): boolean {
    if (this.#whole.has(path)) return true;
    return this.#ends.size > 0 && this.#ends.get(lastOf(path))?.some((end) => path.endsWith(end)) === true;
  }
}
const Set_ = Names.transform((names) => new NameSet(names));

const PythonCalls = z.strictObject({
  commands: Set_,
  evaluators: Set_,
  network: Set_,
  native: Set_,
  memory: Set_,
  decoders: Set_,
  answers: Set_,
  answersWith: z.record(z.string(), Set_),
  queries: Set_,
  modelBases: Names.transform((names) => new Set(names)),
  modelFiles: z.string().transform((pattern) => new RegExp(pattern)),
  loads: z.array(Load),
});

export const pythonCalls = shippedList('python.yaml', PythonCalls);

/** The loads by the names that they are called by; `*` is any call. */
let loads: { byName: Map<string, Load[]>; byEnd: [string, Load][]; any: Load[] } | undefined;

/** What is unsafe about a call of that name, subject to its arguments. */
export function loadsOf(path: string): readonly Load[] {
  if (loads === undefined) {
    loads = { byName: new Map(), byEnd: [], any: [] };
    for (const load of pythonCalls().loads) {
      for (const name of load.calls) {
        if (name === '*') loads.any.push(load);
        else if (name.startsWith('*.')) loads.byEnd.push([name.slice(1), load]);
        else loads.byName.set(name, [...(loads.byName.get(name) ?? []), load]);
      }
    }
  }
  const found = [...loads.any, ...(loads.byName.get(path) ?? [])];
  for (const [end, load] of loads.byEnd) if (path.endsWith(end)) found.push(load);
  return found;
}

const Sdk = z.strictObject({ kind: z.string(), provider: z.string().optional() });
const Sdks = z.strictObject({ sdks: z.record(z.string(), Sdk), npm: z.record(z.string(), Sdk) });
const sdks = shippedList('sdks.yaml', Sdks);

interface KnownSdk {
  readonly name: string;
  readonly kind: string;
  readonly provider: string | undefined;
}

function find(known: Readonly<Record<string, z.infer<typeof Sdk>>>, name: string): KnownSdk | undefined {
  const sdk = Object.hasOwn(known, name) ? known[name] : undefined;
  return sdk === undefined ? undefined : { name, kind: sdk.kind, provider: sdk.provider };
}

/** The package of AI that a module belongs to. */
export function sdkOf(module: string): KnownSdk | undefined {
  const parts = module.split('.', 4);
  for (let length = Math.min(3, parts.length); length > 0; length--) {
    const sdk = find(sdks().sdks, parts.slice(0, length).join('.'));
    if (sdk !== undefined) return sdk;
  }
  return undefined;
}

/** The same for what JavaScript imports: `openai/resources`, `@langchain/openai`. */
export function npmSdkOf(path: string): KnownSdk | undefined {
  const parts = path.split('/');
  return find(sdks().npm, parts.slice(0, path.startsWith('@') ? 2 : 1).join('/'));
}

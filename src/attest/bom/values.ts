// Values of other people's JSON and YAML, taken apart without trusting their shape.
import { type JsonTree, type Bytes, isJsonObject, Malformed, readJsonTree } from '../../reader/index.ts';
import { BeyondBudget, Budget, boundsFor, readYaml, valueOf } from '../../scan/index.ts';

const MOST_JSON = 32 << 20;
const MOST_TEXT = 1 << 20;

export type Values = Readonly<Record<string, unknown>>;

/** An object's members; none for anything else. */
export const record = (value: unknown): Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
/** One value as a list of one, as YAML authors mix them. */
export const oneOrMore = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : value === undefined || value === null ? [] : [value];
export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
/** A plain value in writing. */
export const scalar = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
    ? String(value)
    : undefined;

function toPlain(tree: JsonTree): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (!isJsonObject(tree)) return tree.items.map(toPlain);
  // Without a prototype, a member of any name is a member. Given twice, the last one counts, as in Python.
  const members = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of tree.entries) members[name] = toPlain(value);
  return members;
}

/** The value of a JSON file. @throws Malformed where it is none, or too long */
export function readJson(bytes: Bytes): unknown {
  if (bytes.size > MOST_JSON) throw new BeyondBudget(`JSON of more than ${MOST_JSON >> 20} MB is not read`);
  const budget = new Budget(boundsFor(bytes.size));
  const { value, broken } = readJsonTree(bytes, { step: (work) => budget.step(work), depth: 200 });
  if (broken !== undefined) throw new Malformed(`it is no JSON: ${broken.why}`, broken.at);
  return value === undefined ? undefined : toPlain(value);
}

/** The beginning of a text file, at most 1 MB, without a byte-order mark. */
export function readText(bytes: Bytes, unseen: (reason: string) => void): string {
  if (bytes.size > MOST_TEXT) unseen(`only the first ${MOST_TEXT >> 10} KB of the text were read`);
  const head = Buffer.from(bytes.read(0, Math.min(bytes.size, MOST_TEXT))).toString('utf8');
  return (head.charCodeAt(0) === 0xfeff ? head.slice(1) : head).replaceAll('\r\n', '\n');
}

/** The value of the first document of a YAML text; undefined, and said so, where it cannot be read. */
export function readYamlText(yaml: string, unseen: (reason: string) => void): unknown {
  const look = { budget: new Budget(boundsFor(yaml.length)), unseen };
  const [document] = readYaml(yaml, look).documents;
  if (document === undefined) return undefined;
  if (document.errors.length > 0) unseen(`its YAML is broken: ${document.errors[0]!.message.split('\n')[0]}`);
  return valueOf(document, look);
}

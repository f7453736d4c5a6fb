// The nodes of a TensorFlow graph and of its functions: what their operations reach, with the texts that they are given.
// Source: tensorflow/core/framework/{graph,function,node_def,attr_value}.proto.
import type { Field } from '../../../reader/index.ts';
import type { Look } from '../../format.ts';
import type { Source } from '../../source.ts';
import { beginOf, fieldsOf, knownOf, textOf } from './message.ts';
import { acts, operationByName, operationOf, reportOperation } from './operations.ts';

/** Nodes whose texts are kept, for what an operation is given. */
const MOST_KEPT = 20_000;
const MOST_FOUND = 1000;
const OP_NAME = /^[A-Za-z_][\w>./-]{0,200}$/;
/** Operations that hand texts on. */
const HANDS_ON = new Set(
  'Identity StringJoin StringFormat Reshape ExpandDims Squeeze Pack ConcatV2 Concat ShardedFilename Fill Tile Cast Snapshot'.split(
    ' ',
  ),
);
/** Steps back from an operation to a text. */
const MOST_BACK = 6;

interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  /** Texts of its attributes, those of a constant first of all. */
  readonly texts: readonly string[];
  readonly offset: number;
}

/** The fields of a message that are messages or texts themselves, of one number or of all. */
export function* messagesOf(
  source: Source,
  look: Look,
  of: { readonly start: number; readonly end: number },
  number?: number,
): Generator<Field> {
  for (const field of fieldsOf(source, look, of.start, of.end))
    if (field.wire === 2 && (number === undefined || field.number === number)) yield field;
}

/** Texts of an attribute: `s`, those of a list, those of a tensor. */
function textsOf(source: Source, look: Look, attribute: Field, into: string[]): void {
  const keep = (field: Field): void => {
    if (into.length < 16) into.push(textOf(source, field, 300));
  };
  for (const value of messagesOf(source, look, attribute, 2)) {
    for (const field of messagesOf(source, look, value)) {
      if (field.number === 2) keep(field);
      else if (field.number === 1) for (const each of messagesOf(source, look, field, 2)) keep(each);
      else if (field.number === 8) for (const each of messagesOf(source, look, field, 8)) keep(each);
    }
  }
}

function readNode(source: Source, look: Look, node: Field): Node {
  let name = '';
  let op = '';
  const texts: string[] = [];
  const inputs: string[] = [];
  const attributes: Field[] = [];
  for (const field of messagesOf(source, look, node)) {
    if (field.number === 1) name = textOf(source, field, 300);
    else if (field.number === 2) op = textOf(source, field, 300);
    else if (field.number === 3 && inputs.length < 16) inputs.push(textOf(source, field, 300));
    else if (field.number === 5 && attributes.length < 64) attributes.push(field);
  }
  // Those of all others are many, and of no use.
  if (op === 'Const' || reach(op) !== undefined)
    for (const attribute of attributes) textsOf(source, look, attribute, texts);
  return { name, op, inputs, texts, offset: node.start };
}

const reach = (op: string): ReturnType<typeof operationOf> => operationOf(op) ?? operationByName(op);

/** The texts that a node is given, by itself or by nodes before it. */
function given(node: Node, kept: ReadonlyMap<string, Node>, look: Look): string[] {
  const texts = [...node.texts];
  const seen = new Set<string>();
  // What follows the path are the names of variables.
  let names: readonly string[] = /^(?:Save|Restore)/.test(node.op) ? node.inputs.slice(0, 1) : node.inputs;
  for (let back = 0; back < MOST_BACK && names.length > 0; back++) {
    const next: string[] = [];
    for (const input of names) {
      const name = input.replace(/^\^/, '').replace(/:.*$/, '');
      const before = seen.has(name) ? undefined : kept.get(name);
      look.budget.step();
      seen.add(name);
      if (before === undefined) continue;
      texts.push(...before.texts);
      if (next.length < 64) next.push(...before.inputs);
    }
    names = next;
  }
  return texts.slice(0, 16);
}

function lookAtNodes(source: Source, look: Look, nodes: Iterable<Field>, where: string): void {
  const kept = new Map<string, Node>();
  const found: Node[] = [];
  try {
    for (const field of nodes) {
      const node = readNode(source, look, field);
      const isText = node.op === 'Const' ? node.texts.length > 0 : HANDS_ON.has(node.op);
      if (isText && kept.size < MOST_KEPT) kept.set(node.name, node);
      if (reach(node.op) !== undefined && found.length < MOST_FOUND) found.push(node);
    }
  } finally {
    // Also where it breaks off: what stands in front of the break was meant.
    for (const node of found) {
      const operation = reach(node.op)!;
      const texts = given(node, kept, look);
      if (!acts(operation, texts)) continue;
      reportOperation('tensorflow.operation', `${where}${node.op} (${node.name})`, operation, texts, node.offset, look);
    }
  }
}

/** GraphDef: nodes and the function library. */
export function lookAtGraph(source: Source, look: Look, graph: { start: number; end: number }): void {
  lookAtNodes(source, look, messagesOf(source, look, graph, 1), '');
  for (const library of messagesOf(source, look, graph, 2)) lookAtLibrary(source, look, library);
}

/** FunctionDefLibrary. */
export function lookAtLibrary(source: Source, look: Look, library: Field): void {
  for (const definition of messagesOf(source, look, library, 1)) {
    let name = 'a function';
    for (const signature of messagesOf(source, look, definition, 1)) {
      for (const field of messagesOf(source, look, signature, 1)) name = textOf(source, field, 200);
    }
    lookAtNodes(source, look, messagesOf(source, look, definition, 3), `in the function ${name}: `);
  }
}

/** Fields of a NodeDef. */
const MOST_NODE_FIELD = 7;

/** Whether a message begins as a node does: nothing but its fields, a name for its operation among them. */
function isNode(source: Source, { start, end }: Field): boolean {
  const fields = knownOf(source, MOST_NODE_FIELD, 64, start, end);
  const op = fields.find(({ number }) => number === 2);
  return op !== undefined && fields.every(({ wire }) => wire === 2) && OP_NAME.test(textOf(source, op, 300));
}

/** Whether a function is what a library begins with: its signature has a name. */
function isLibrary(source: Source, { start, end }: Field): boolean {
  const [definition] = beginOf(source, 1, start, end).fields;
  if (definition?.number !== 1 || definition.wire !== 2) return false;
  const { fields } = beginOf(source, 16, definition.start, definition.end);
  return fields.some(({ number, wire }) => number === 3 && wire === 2) && fields.every(({ number }) => number <= 7);
}

/** Fields of a GraphDef: nodes, library, version, versions, debug information. */
const MOST_FIELD = 5;

/** Whether a message begins as a graph does: nodes, functions and versions, in any order. */
export function isGraph(source: Source, start: number, end: number): boolean {
  const fields = knownOf(source, MOST_FIELD, 8, start, end);
  if (!fields.every(({ number, wire }) => wire === 2 || number === 3)) return false;
  const node = fields.find(({ number, wire }) => number === 1 && wire === 2);
  if (node !== undefined) return isNode(source, node);
  const library = fields.find(({ number, wire }) => number === 2 && wire === 2);
  return library !== undefined && isLibrary(source, library);
}

// TensorFlow: saved models, metagraphs and frozen graphs, every operation in them looked at, those of the function library too.
// Source: tensorflow/core/protobuf/{saved_model,meta_graph}.proto, tensorflow/core/framework/{graph,function,node_def}.proto.
import { z } from 'zod';
import type { Field } from '../../../reader/index.ts';
import { ScanCapability, Severity } from '../../../contract/index.ts';
import type { Format, Look } from '../../format.ts';
import { shippedList } from '../../lists.ts';
import { SliceSource, type Source } from '../../source.ts';
import { isSeekable } from '../../stream-source.ts';
import { leadsOut } from '../path.ts';
import { beginOf, fieldsOf, textOf } from './message.ts';

const Operation = z.strictObject({
  op: z.string(),
  capability: ScanCapability,
  why: z.string(),
  severity: Severity.optional(),
});
export type Operation = z.infer<typeof Operation>;
const readOperations = shippedList('tensorflow-ops.yaml', z.array(Operation));
let byName: ReadonlyMap<string, Operation> | undefined;

/** What an operation reaches; undefined for one that stays within its numbers. */
export function operationOf(name: string): Operation | undefined {
  byName ??= new Map(readOperations().map((each) => [each.op, each]));
  return byName.get(name);
}

/** Constants whose text is kept, for what an operation is given. */
const MOST_CONSTANTS = 20_000;
const OP_NAME = /^[A-Za-z][\w>./-]{0,200}$/;

interface Node {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly text: string | undefined;
  readonly offset: number;
}

/** The first text of a Const: attr "value" -> tensor (8) -> string_val (8). */
function constantText(source: Source, look: Look, attribute: Field): string | undefined {
  for (const value of fieldsOf(source, look, attribute.start, attribute.end)) {
    if (value.number !== 2 || value.wire !== 2) continue;
    for (const tensor of fieldsOf(source, look, value.start, value.end)) {
      if (tensor.number !== 8 || tensor.wire !== 2) continue;
      for (const text of fieldsOf(source, look, tensor.start, tensor.end)) {
        if (text.number === 8 && text.wire === 2) return textOf(source, text, 300);
      }
    }
  }
  return undefined;
}

function readNode(source: Source, look: Look, { start, end }: Field): Node {
  let name = '';
  let op = '';
  let text: string | undefined;
  const inputs: string[] = [];
  for (const field of fieldsOf(source, look, start, end)) {
    if (field.wire !== 2) continue;
    if (field.number === 1) name = textOf(source, field, 300);
    else if (field.number === 2) op = textOf(source, field, 300);
    else if (field.number === 3 && inputs.length < 16) inputs.push(textOf(source, field, 300));
    else if (field.number === 5 && op === 'Const') text ??= constantText(source, look, field);
  }
  return { name, op, inputs, text, offset: start };
}

/** Reports what operations of one graph or function reach, with the texts that they are given. */
function lookAtNodes(source: Source, look: Look, nodes: Iterable<Field>, where: string): void {
  const texts = new Map<string, string>();
  const found: Node[] = [];
  for (const field of nodes) {
    const node = readNode(source, look, field);
    if (node.text !== undefined && texts.size < MOST_CONSTANTS) texts.set(node.name, node.text);
    if (operationOf(node.op) !== undefined && found.length < 1000) found.push(node);
  }
  for (const { op, name, inputs, offset } of found) {
    const { capability, why, severity } = operationOf(op)!;
    const given = inputs
      .map((input) => texts.get(input.replace(/^\^/, '').replace(/:.*$/, '')))
      .filter((text) => text !== undefined);
    const words = given.length === 0 ? '' : `, given ${given.map((text) => JSON.stringify(text)).join(', ')}`;
    look.report('tensorflow.operation', {
      message: `${where}${op} (${name}) ${why}${words}`,
      capability,
      offset,
      ...(severity === undefined ? {} : { severity }),
    });
  }
}

function* messagesOf(source: Source, look: Look, of: { start: number; end: number }, number: number): Generator<Field> {
  for (const field of fieldsOf(source, look, of.start, of.end))
    if (field.number === number && field.wire === 2) yield field;
}

/** GraphDef: nodes and the function library. */
function lookAtGraph(source: Source, look: Look, graph: { start: number; end: number }): void {
  lookAtNodes(source, look, messagesOf(source, look, graph, 1), '');
  for (const library of messagesOf(source, look, graph, 2)) {
    for (const definition of messagesOf(source, look, library, 1)) {
      let name = 'a function';
      for (const signature of messagesOf(source, look, definition, 1)) {
        for (const field of messagesOf(source, look, signature, 1)) name = textOf(source, field, 200);
      }
      lookAtNodes(source, look, messagesOf(source, look, definition, 3), `in the function ${name}: `);
    }
  }
}

/** MetaGraphDef: its graph, and the files it names as assets. */
function lookAtMetaGraph(source: Source, look: Look, meta: { start: number; end: number }): void {
  for (const field of fieldsOf(source, look, meta.start, meta.end)) {
    if (field.wire !== 2) continue;
    if (field.number === 2) lookAtGraph(source, look, field);
    else if (field.number === 6) {
      for (const file of messagesOf(source, look, field, 2)) {
        const path = textOf(source, file);
        const why = leadsOut(path);
        if (why !== undefined) {
          look.report('tensorflow.path', {
            message: `has the asset ${path}: ${why}`,
            capability: 'file',
            offset: file.start,
          });
        }
      }
    }
  }
}

/** Whether a message begins as a node does: a name, then an operation. */
function isNode(source: Source, { start, end }: Field): boolean {
  const { fields } = beginOf(source, 2, start, end);
  const [name, op] = fields;
  return (
    name?.number === 1 && name.wire === 2 && op?.number === 2 && op.wire === 2 && OP_NAME.test(textOf(source, op, 300))
  );
}

function isGraph(source: Source, start: number, end: number): boolean {
  const { fields } = beginOf(source, 2, start, end);
  const [first] = fields;
  return first?.number === 1 && first.wire === 2 && isNode(source, first);
}

const isMeta = (source: Source, start: number, end: number): boolean => {
  const { fields } = beginOf(source, 8, start, end);
  const graph = fields.find(({ number, wire }) => number === 2 && wire === 2);
  return (
    fields.every(({ number, wire }) => number <= 7 && wire === 2) &&
    graph !== undefined &&
    isGraph(source, graph.start, graph.end)
  );
};

export const TF_GRAPH: Format = {
  id: 'tf-graphdef',
  match: ({ head, source }) =>
    head[0] === 0x0a && isSeekable(source) && isGraph(source, 0, source.size) ? 'sure' : false,
  scan(source, look) {
    lookAtGraph(source, look, { start: 0, end: source.size });
  },
};

export const TF_METAGRAPH: Format = {
  id: 'tf-metagraph',
  match: ({ head, source }) =>
    (head[0] === 0x0a || head[0] === 0x12) && isSeekable(source) && isMeta(source, 0, source.size) ? 'sure' : false,
  scan(source, look) {
    lookAtMetaGraph(source, look, { start: 0, end: source.size });
  },
};

export const TF_SAVED_MODEL: Format = {
  id: 'tf-savedmodel',
  match: ({ head, source }) => {
    if ((head[0] !== 0x08 && head[0] !== 0x12) || !isSeekable(source)) return false;
    const { fields } = beginOf(source, 3);
    if (!fields.every(({ number, wire }) => (number === 1 && wire === 0) || (number === 2 && wire === 2))) return false;
    const meta = fields.find(({ number }) => number === 2);
    return meta !== undefined && isMeta(source, meta.start, meta.end) ? 'sure' : false;
  },
  scan(source, look) {
    for (const meta of messagesOf(source, look, { start: 0, end: source.size }, 2)) lookAtMetaGraph(source, look, meta);
  },
};

/** What Keras keeps beside a saved model: the configuration of each object, as JSON. */
export const KERAS_METADATA: Format = {
  id: 'keras-metadata',
  match: ({ head, name, source }) => {
    if (head[0] !== 0x0a || !isSeekable(source)) return false;
    const { fields } = beginOf(source, 1);
    const inner = fields[0] === undefined ? [] : beginOf(source, 6, fields[0].start, fields[0].end).fields;
    const hasJson = inner.some(
      (field) => field.number === 5 && field.wire === 2 && /^\s*\{/.test(textOf(source, field, 8)),
    );
    return hasJson ? 'sure' : name === 'keras_metadata.pb' && fields.length > 0 ? 'likely' : false;
  },
  scan(source, look) {
    for (const node of messagesOf(source, look, { start: 0, end: source.size }, 1)) {
      for (const field of messagesOf(source, look, node, 5)) {
        look.member(`node at ${node.start}.json`, new SliceSource(source, field.start, field.end - field.start));
      }
    }
  },
};

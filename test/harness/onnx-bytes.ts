// What of an ONNX file the program itself never writes: graphs within nodes, and weights in a file beside it.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Attribute, type Graph, type Model, encodeModel } from '../../src/onnx/index.ts';
import { readFields } from '../../src/reader/index.ts';

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
const block = (field: number, bytes: Iterable<number>): number[] => {
  const all = [...bytes];
  return [...varint(field * 8 + 2), ...varint(all.length), ...all];
};
const text = (field: number, value: string): number[] => block(field, Buffer.from(value));
const entry = (key: string, value: string): number[] => block(13, [...text(1, key), ...text(2, value)]);

/** The message of a graph (`GraphProto`): field 7 of a model. */
function graphBytes(graph: Graph): Uint8Array {
  const whole = encodeModel({ irVersion: 8, opsets: new Map([['', 17]]), graph });
  const source = { size: whole.length, read: (at: number, length: number) => whole.subarray(at, at + length) };
  const field = [...readFields(source, 0, whole.length)].find(({ number }) => number === 7)!;
  return whole.subarray(field.start, field.end);
}

/** A graph as an attribute of a node holds it (`AttributeProto`, of the type GRAPH). */
export function graphAttribute(name: string, graph: Graph): Attribute {
  return { kind: 'graph', written: Uint8Array.of(...text(1, name), ...block(6, graphBytes(graph)), 0xa0, 1, 5) };
}

/** Writes the model without its weights, and these beside it. @returns the path of the weights */
export function writeExternal(path: string, model: Model, location = 'weights.bin'): string {
  const { graph } = model;
  let offset = 0;
  const tensors = graph.initializers.flatMap(({ name, type, dims, bytes }) => {
    const places = [
      ...entry('location', location),
      ...entry('offset', String(offset)),
      ...entry('length', String(bytes.length)),
    ];
    offset += bytes.length;
    const shape = dims.flatMap((dim) => [8, ...varint(dim)]);
    return block(5, [...shape, 16, type, ...text(8, name), ...places, 14 * 8, 1]);
  });
  const whole = block(7, [...graphBytes({ ...graph, initializers: [] }), ...tensors]);
  const sets = [...model.opsets].flatMap(([domain, version]) => block(8, [...text(1, domain), 16, ...varint(version)]));
  writeFileSync(path, Uint8Array.of(8, ...varint(model.irVersion), ...whole, ...sets));
  const beside = join(dirname(path), location);
  writeFileSync(beside, Buffer.concat(graph.initializers.map(({ bytes }) => bytes)));
  return beside;
}

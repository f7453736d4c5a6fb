// A model as the bytes of an ONNX file: for graphs that were made here, and given to the runtime.
import type { Attribute, Model, Node, Tensor, ValueInfo } from './model.ts';

const utf8 = new TextEncoder();

/** Bytes of a message, joined once. */
class Writer {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  #push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  #varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#push(Uint8Array.of(...bytes, Number(rest)));
  }

  int(field: number, value: number): this {
    this.#varint(BigInt(field * 8));
    // Whoever means "to the end" writes the greatest there is, which is rounded up here.
    this.#varint(value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value));
    return this;
  }

  float(field: number, value: number): this {
    this.#varint(BigInt(field * 8 + 5));
    this.#push(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  bytes(field: number, bytes: Uint8Array): this {
    this.#varint(BigInt(field * 8 + 2));
    this.#varint(BigInt(bytes.length));
    this.#push(bytes);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  message(field: number, write: (writer: Writer) => void): this {
    const inner = new Writer();
    write(inner);
    this.#varint(BigInt(field * 8 + 2));
    this.#varint(BigInt(inner.#length));
    this.#parts.push(...inner.#parts);
    this.#length += inner.#length;
    return this;
  }

  written(field: number, message: Uint8Array): this {
    return this.bytes(field, message);
  }

  join(): Uint8Array {
    const out = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function writeTensor(writer: Writer, { name, type, dims, bytes }: Tensor): void {
  for (const dim of dims) writer.int(1, dim);
  writer.int(2, type).text(8, name).bytes(9, bytes);
}

function writeAttribute(writer: Writer, name: string, attribute: Attribute): void {
  writer.text(1, name);
  switch (attribute.kind) {
    case 'float':
      return void writer.float(2, attribute.value).int(20, 1);
    case 'int':
      return void writer.int(3, attribute.value).int(20, 2);
    case 'string':
      return void writer.text(4, attribute.value).int(20, 3);
    case 'tensor':
      return void writer.message(5, (inner) => writeTensor(inner, attribute.value)).int(20, 4);
    case 'floats':
      for (const each of attribute.value) writer.float(7, each);
      return void writer.int(20, 6);
    case 'ints':
      for (const each of attribute.value) writer.int(8, each);
      return void writer.int(20, 7);
    case 'strings':
      for (const each of attribute.value) writer.text(9, each);
      return void writer.int(20, 8);
    default:
      throw new Error('written as it was');
  }
}

function writeNode(writer: Writer, node: Node): void {
  for (const input of node.inputs) writer.text(1, input);
  for (const output of node.outputs) writer.text(2, output);
  writer.text(3, node.name).text(4, node.op);
  for (const [name, attribute] of node.attributes) {
    if ('written' in attribute) writer.written(5, attribute.written);
    else writer.message(5, (inner) => writeAttribute(inner, name, attribute));
  }
  if (node.domain !== '') writer.text(7, node.domain);
}

function writeValueInfo(writer: Writer, { name, type, shape }: ValueInfo): void {
  writer.text(1, name);
  if (type === undefined) return;
  writer.message(2, (kind) =>
    kind.message(1, (tensor) => {
      tensor.int(1, type);
      if (shape === undefined) return;
      tensor.message(2, (dims) => {
        for (const dim of shape) {
          dims.message(1, (one) => {
            if (typeof dim === 'number') one.int(1, dim);
            else if (typeof dim === 'string') one.text(2, dim);
          });
        }
      });
    }),
  );
}

/** @returns what `onnxruntime` reads; functions that the file defined must have been inlined */
export function encodeModel({ irVersion, opsets, graph }: Omit<Model, 'functions'>): Uint8Array {
  const writer = new Writer();
  writer.int(1, irVersion);
  writer.message(7, (inner) => {
    for (const node of graph.nodes) inner.message(1, (each) => writeNode(each, node));
    inner.text(2, graph.name || 'graph');
    for (const tensor of graph.initializers) inner.message(5, (each) => writeTensor(each, tensor));
    for (const [field, infos] of [[11, graph.inputs] as const, [12, graph.outputs] as const]) {
      for (const info of infos) {
        if (info.written === undefined) inner.message(field, (each) => writeValueInfo(each, info));
        else inner.written(field, info.written);
      }
    }
  });
  for (const [domain, version] of opsets) writer.message(8, (each) => each.text(1, domain).int(2, version));
  return writer.join();
}

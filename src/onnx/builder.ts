// A graph in the making: nodes with names of their own, and constants in the type of what they are joined with.
import { type Attribute, type Attributes, FLOAT, INT64, type Node, type Tensor } from './model.ts';
import { floatTensor, intTensor, scalarTensor } from './tensor.ts';

/** Attributes as one writes them: whole numbers are ints, `{ float }` is a float. */
export type Given = Readonly<
  Record<string, number | string | readonly number[] | { readonly float: number } | undefined>
>;

function toAttributes(given: Given): Attributes {
  const out = new Map<string, Attribute>();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (typeof value === 'number') out.set(name, { kind: 'int', value });
    else if (typeof value === 'string') out.set(name, { kind: 'string', value });
    else if ('float' in value) out.set(name, { kind: 'float', value: value.float });
    else out.set(name, { kind: 'ints', value });
  }
  return out;
}

/** Begins the names of all that is made here: no model has such. */
const PREFIX = '~';

export class Builder {
  readonly nodes: Node[] = [];
  readonly initializers: Tensor[] = [];
  readonly #scope: string;
  #count = 0;
  readonly #constants = new Map<string, string>();

  /** @param scope - tells the names of two builders in one graph apart */
  constructor(scope: string) {
    this.#scope = scope;
  }

  fresh(): string {
    return `${PREFIX}${this.#scope}${this.#count++}`;
  }

  /** One node of ONNX's own with one output. An input that is undefined is left out. */
  op(op: string, inputs: readonly (string | undefined)[], given: Given = {}): string {
    return this.ops(op, inputs, 1, given)[0]!;
  }

  ops(op: string, inputs: readonly (string | undefined)[], count: number, given: Given = {}): string[] {
    const outputs = Array.from({ length: count }, () => this.fresh());
    this.add(op, inputs, outputs, given);
    return outputs;
  }

  /** One node whose outputs have names already. */
  add(op: string, inputs: readonly (string | undefined)[], outputs: readonly string[], given: Given = {}): void {
    const names = inputs.map((input) => input ?? '');
    while (names.at(-1) === '') names.pop();
    this.nodes.push({ name: this.fresh(), op, domain: '', inputs: names, outputs, attributes: toAttributes(given) });
  }

  #constant(key: string, make: (name: string) => Tensor): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.fresh();
    this.initializers.push(make(name));
    this.#constants.set(key, name);
    return name;
  }

  /** A number without dimensions. */
  scalar(value: number, type: number = FLOAT): string {
    return this.#constant(`${type}:${Object.is(value, -0) ? '-0' : value}`, (name) => scalarTensor(name, type, value));
  }

  /** Whole numbers in one dimension. */
  ints(values: readonly number[]): string {
    return this.#constant(`ints:${values.join(',')}`, (name) => intTensor(name, [values.length], values));
  }

  int(value: number): string {
    return this.scalar(value, INT64);
  }

  floats(values: ArrayLike<number>, dims: readonly number[]): string {
    const name = this.fresh();
    this.initializers.push(floatTensor(name, dims, values));
    return name;
  }

  // What is written so often that it has a name.

  add2(a: string, b: string): string {
    return this.op('Add', [a, b]);
  }

  sub(a: string, b: string): string {
    return this.op('Sub', [a, b]);
  }

  mul(a: string, b: string): string {
    return this.op('Mul', [a, b]);
  }

  div(a: string, b: string): string {
    return this.op('Div', [a, b]);
  }

  neg(a: string): string {
    return this.op('Neg', [a]);
  }

  transpose(a: string, perm: readonly number[]): string {
    return perm.every((axis, i) => axis === i) ? a : this.op('Transpose', [a], { perm });
  }

  /** To a shape that is known: -1 for one dimension, 0 for what it has already. */
  reshape(a: string, dims: readonly number[]): string {
    return this.op('Reshape', [a, this.ints(dims)]);
  }

  /** To the shape that another value has when it is computed. */
  reshapeLike(a: string, like: string): string {
    return this.op('Reshape', [a, this.op('Shape', [like])]);
  }

  sum(a: string, axes: readonly number[], keepdims: boolean): string {
    return axes.length === 0 ? a : this.op('ReduceSum', [a, this.ints(axes)], { keepdims: keepdims ? 1 : 0 });
  }

  /** Zeros of the shape that another value has. */
  zerosLike(like: string, type: number): string {
    const zeros = this.op('Expand', [this.scalar(0, type), this.op('Shape', [like])]);
    return zeros;
  }

  cast(a: string, to: number): string {
    return this.op('Cast', [a], { to });
  }
}

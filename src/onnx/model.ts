// What an ONNX file says, as far as it is computed with: names as in `onnx.proto`.

/** A tensor with its numbers, little-endian and row-major. */
export interface Tensor {
  readonly name: string;
  /** `TensorProto.DataType`. */
  readonly type: number;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
}

/** What of an attribute the proto keeps in fields of their own; sub-graphs and the rest stay as they were written. */
export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'graph'; readonly written: Uint8Array }
  /** Within a function that the file defines: what its use gives under a name. */
  | { readonly kind: 'reference'; readonly value: string }
  | { readonly kind: 'other'; readonly written: Uint8Array };

export type Attributes = ReadonlyMap<string, Attribute>;

export interface Node {
  readonly name: string;
  readonly op: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  /** An optional one that is left out is empty. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Attributes;
}

/** A dimension is a number, a name, or nothing known. */
export type Dimension = number | string | undefined;

export interface ValueInfo {
  readonly name: string;
  /** Of its elements; undefined where it is no tensor, or nothing is said. */
  readonly type?: number;
  readonly shape?: readonly Dimension[];
  /** Kept for what is no tensor (a sequence of maps, as classifiers give). */
  readonly written?: Uint8Array;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers: readonly Tensor[];
}

/** An operator that the file itself defines. */
export interface LocalFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly string[];
  readonly defaults: Attributes;
  readonly nodes: readonly Node[];
}

export interface Model {
  readonly irVersion: number;
  /** Version of the operators, by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: Graph;
  readonly functions: readonly LocalFunction[];
}

export const FLOAT = 1;
export const UINT8 = 2;
export const INT8 = 3;
export const INT32 = 6;
export const INT64 = 7;
export const BOOL = 9;
export const FLOAT16 = 10;
export const DOUBLE = 11;

/** Bytes of one element, of the types that are computed with. */
export const BYTES_OF: Readonly<Record<number, number>> = {
  [FLOAT]: 4,
  [UINT8]: 1,
  [INT8]: 1,
  4: 2,
  5: 2,
  [INT32]: 4,
  [INT64]: 8,
  [BOOL]: 1,
  [FLOAT16]: 2,
  [DOUBLE]: 8,
  12: 4,
  13: 8,
  16: 2,
  17: 1,
  18: 1,
  19: 1,
  20: 1,
};

/** As errors name a node: `conv1 (Conv)`. */
export function describeNode({ name, op, domain, outputs }: Node): string {
  return `${name || outputs[0] || 'a node without a name'} (${domain === '' ? op : `${domain}.${op}`})`;
}

/** The domain's two names are one. */
export function isOwnDomain(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

export function intOf(attributes: Attributes, name: string, otherwise: number): number {
  const found = attributes.get(name);
  return found?.kind === 'int' ? found.value : otherwise;
}

export function floatOf(attributes: Attributes, name: string, otherwise: number): number {
  const found = attributes.get(name);
  return found?.kind === 'float' ? found.value : otherwise;
}

export function stringOf(attributes: Attributes, name: string, otherwise: string): string {
  const found = attributes.get(name);
  return found?.kind === 'string' ? found.value : otherwise;
}

export function intsOf(attributes: Attributes, name: string): readonly number[] | undefined {
  const found = attributes.get(name);
  return found?.kind === 'ints' ? found.value : undefined;
}

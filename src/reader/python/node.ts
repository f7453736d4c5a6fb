// What Python expressions and statements are to a reader that asks only for calls, names and constants.

/** Nested so deep that Python itself would hardly read it. */
export class PythonTooDeep extends Error {
  override readonly name = 'PythonTooDeep';
  readonly line: number;

  constructor(line: number) {
    super(`nested too deep in line ${line}`);
    this.line = line;
  }
}

/** One statement of more parts than anybody would want in memory at once. */
export class PythonTooLong extends Error {
  override readonly name = 'PythonTooLong';

  constructor(line: number) {
    super(`the statement of line ${line} is too long`);
  }
}

interface Placed {
  readonly line: number;
  /** Levels of nodes below, so that whoever walks a tree can be sure of his stack. */
  readonly depth: number;
}

export interface Argument {
  /** Keyword; `*` and `**` for what is unpacked. */
  readonly name: string | undefined;
  readonly value: PythonNode;
}

export type PythonNode = Placed &
  (
    | { readonly kind: 'name'; readonly id: string }
    | { readonly kind: 'attribute'; readonly of: PythonNode; readonly name: string }
    | { readonly kind: 'call'; readonly of: PythonNode; readonly args: readonly Argument[] }
    | { readonly kind: 'index'; readonly of: PythonNode; readonly index: PythonNode }
    | { readonly kind: 'slice'; readonly parts: readonly (PythonNode | undefined)[] }
    /** Literal parts and fields; an ordinary string is one part. Bytes are Latin-1. */
    | { readonly kind: 'string'; readonly parts: readonly (string | PythonNode)[]; readonly bytes: boolean }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'constant'; readonly value: boolean | null }
    /** `a + b + c` is one node of three; a prefix operator has one operand. */
    | { readonly kind: 'operation'; readonly operator: string; readonly of: readonly PythonNode[] }
    | { readonly kind: 'sequence'; readonly items: readonly PythonNode[] }
    | { readonly kind: 'dict'; readonly entries: readonly (readonly [PythonNode | undefined, PythonNode])[] }
    | { readonly kind: 'lambda'; readonly params: readonly string[]; readonly body: PythonNode }
    | {
        readonly kind: 'comprehension';
        readonly element: readonly PythonNode[];
        readonly clauses: readonly {
          readonly target: PythonNode;
          readonly of: PythonNode;
          readonly conditions: readonly PythonNode[];
        }[];
      }
    | {
        readonly kind: 'conditional';
        readonly test: PythonNode;
        readonly then: PythonNode;
        readonly otherwise: PythonNode;
      }
    | { readonly kind: 'walrus'; readonly target: PythonNode; readonly value: PythonNode }
    /** `await x`, `yield x`, `*x`: the value itself, for our purposes. */
    | { readonly kind: 'wrapped'; readonly of: PythonNode }
  );

export interface ImportedName {
  /** `from a.b import c` has module `a.b` and name `c`; `import a.b` has no name; `*` is a name. */
  readonly module: string;
  readonly name: string | undefined;
  readonly as: string | undefined;
}

export type PythonStatement = {
  readonly line: number;
  /** Columns; a statement behind a colon on the same line counts as one deeper. */
  readonly indent: number;
} & (
  | { readonly kind: 'import'; readonly names: readonly ImportedName[] }
  | {
      readonly kind: 'def';
      readonly name: string;
      readonly params: readonly string[];
      /** Of parameters, evaluated where it is defined. */
      readonly defaults: readonly PythonNode[];
    }
  | { readonly kind: 'class'; readonly name: string; readonly bases: readonly Argument[] }
  | { readonly kind: 'decorator'; readonly value: PythonNode }
  | {
      readonly kind: 'assign';
      readonly targets: readonly PythonNode[];
      readonly value: PythonNode;
      readonly operator: string;
    }
  | { readonly kind: 'for'; readonly target: PythonNode; readonly of: PythonNode }
  | {
      readonly kind: 'with';
      readonly items: readonly { readonly value: PythonNode; readonly target: PythonNode | undefined }[];
    }
  | { readonly kind: 'return'; readonly values: readonly PythonNode[] }
  | { readonly kind: 'if'; readonly test: PythonNode }
  | { readonly kind: 'expression'; readonly values: readonly PythonNode[] }
);

// The tree of a Jinja template: what it outputs, sets, loops over and calls.

interface Placed {
  /** Index into the text, in UTF-16 code units. */
  readonly at: number;
}

export type JinjaExpression = Placed &
  (
    | { readonly kind: 'constant'; readonly value: string | number | boolean | null }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'list'; readonly items: readonly JinjaExpression[] }
    | { readonly kind: 'dict'; readonly pairs: readonly (readonly [JinjaExpression, JinjaExpression])[] }
    | { readonly kind: 'attribute'; readonly of: JinjaExpression; readonly name: string }
    | { readonly kind: 'item'; readonly of: JinjaExpression; readonly index: JinjaExpression }
    | {
        readonly kind: 'slice';
        readonly of: JinjaExpression;
        /** Start, stop, step. */
        readonly bounds: readonly (JinjaExpression | undefined)[];
      }
    | { readonly kind: 'call'; readonly of: JinjaExpression; readonly args: readonly JinjaArgument[] }
    | {
        readonly kind: 'filter';
        /** Undefined for that of a filter block: its body. */
        readonly of: JinjaExpression | undefined;
        readonly name: string;
        readonly args: readonly JinjaArgument[];
      }
    | {
        readonly kind: 'test';
        readonly of: JinjaExpression;
        readonly name: string;
        readonly args: readonly JinjaArgument[];
      }
    | { readonly kind: 'unary'; readonly operator: string; readonly of: JinjaExpression }
    | {
        readonly kind: 'binary';
        readonly operator: string;
        readonly left: JinjaExpression;
        readonly right: JinjaExpression;
      }
    | {
        readonly kind: 'choice';
        readonly test: JinjaExpression;
        readonly then: JinjaExpression;
        readonly otherwise: JinjaExpression | undefined;
      }
  );

export interface JinjaArgument {
  /** Of a keyword argument. */
  readonly name?: string;
  /** `*args` and `**kwargs`. */
  readonly spread?: true;
  readonly value: JinjaExpression;
}

export type JinjaStatement = Placed &
  (
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'output'; readonly value: JinjaExpression }
    | { readonly kind: 'do'; readonly value: JinjaExpression }
    | {
        readonly kind: 'if';
        /** The test of an `else` is undefined. */
        readonly branches: readonly {
          readonly test: JinjaExpression | undefined;
          readonly body: readonly JinjaStatement[];
        }[];
      }
    | {
        readonly kind: 'for';
        readonly target: JinjaExpression;
        readonly over: JinjaExpression;
        readonly where: JinjaExpression | undefined;
        readonly body: readonly JinjaStatement[];
        readonly otherwise: readonly JinjaStatement[];
      }
    | { readonly kind: 'set'; readonly target: JinjaExpression; readonly value: JinjaExpression }
    | {
        readonly kind: 'capture';
        readonly target: JinjaExpression;
        readonly filter: JinjaExpression | undefined;
        readonly body: readonly JinjaStatement[];
      }
    | {
        readonly kind: 'macro';
        readonly name: string;
        readonly parameters: readonly JinjaParameter[];
        readonly body: readonly JinjaStatement[];
      }
    | {
        readonly kind: 'call-block';
        readonly call: JinjaExpression;
        readonly parameters: readonly JinjaParameter[];
        readonly body: readonly JinjaStatement[];
      }
    | { readonly kind: 'filter-block'; readonly filter: JinjaExpression; readonly body: readonly JinjaStatement[] }
    | {
        readonly kind: 'with';
        readonly sets: readonly (readonly [JinjaExpression, JinjaExpression])[];
        readonly body: readonly JinjaStatement[];
      }
    /** `include`, `import`, `from`, `extends`: another template, and the names that it gives to this one. */
    | {
        readonly kind: 'load';
        readonly tag: string;
        readonly template: JinjaExpression;
        readonly names: readonly string[];
      }
    /** Any other tag with a body: `block`, `autoescape`, `generation`. */
    | {
        readonly kind: 'body';
        readonly tag: string;
        readonly name: string;
        readonly body: readonly JinjaStatement[];
      }
    /** Any other tag without: `break`, `debug`. */
    | { readonly kind: 'tag'; readonly tag: string }
  );

export interface JinjaParameter {
  readonly name: string;
  readonly default: JinjaExpression | undefined;
}

// What a rule of differentiation is given, and what it gives: for each input of a node the gradient, made of the gradients of its
// outputs by nodes of the same kind.
import type { Builder } from '../builder.ts';
import { DOUBLE, FLOAT, type Node } from '../model.ts';
import type { AllFacts, Shape } from '../probe.ts';
import { noGradient } from '../refusal.ts';

export interface RuleContext {
  readonly node: Node;
  readonly build: Builder;
  /** Of each output, as far as anything depends on it. */
  readonly gradients: readonly (string | undefined)[];
  /** Whether a gradient of this input is of use to anybody. */
  wants(input: number): boolean;
  shape(value: string): Shape;
  type(value: string): number;
  /** The numbers of a value that is the same whatever the input; undefined where it is not, or has many. */
  constant(value: string | undefined): readonly number[] | undefined;
}

/** @returns a gradient for each input; undefined where there is none, or nobody wants it */
export type Rule = (context: RuleContext) => readonly (string | undefined)[];

/** The type that gradients of values of a type have: its own, or float of whole numbers that stand for others (quantised ones). */
export function gradientType(type: number): number {
  return type === DOUBLE ? DOUBLE : FLOAT;
}

/** Facts as a rule asks for them. */
export function lookUp(facts: AllFacts, node: Node): Pick<RuleContext, 'shape' | 'type'> {
  const of = (value: string) => {
    const found = facts.get(value);
    if (found === undefined) throw noGradient(node, `nothing is known of its value ${JSON.stringify(value)}`);
    return found;
  };
  return { shape: (value) => of(value).shape, type: (value) => of(value).type };
}

/** The one gradient that most nodes have. */
export function only({ node, gradients }: RuleContext): string {
  const [gradient] = gradients;
  if (gradient === undefined) throw noGradient(node, 'only an output of it is used that has no rule');
  return gradient;
}

/** A gradient of a broadcast result, summed to the shape of the operand that was broadcast. */
export function unbroadcast({ build, shape }: RuleContext, gradient: string, from: string, to: string): string {
  const [large, small] = [shape(from), shape(to)];
  const lead = large.length - small.length;
  const axes: number[] = [];
  for (let axis = 0; axis < large.length; axis++) {
    if (axis < lead || (small[axis - lead] === 1 && large[axis] !== 1)) axes.push(axis);
  }
  if (axes.length === 0) return gradient;
  const summed = build.sum(gradient, axes, true);
  return lead === 0 ? summed : build.reshapeLike(summed, to);
}

/**
 * Back to where numbers were taken from: each number of the gradient is added at the place that `places` names, in a value of the
 * shape of `to`. Right for whatever copies, picks or repeats numbers.
 * @param places - places in `to` when it is laid flat, of the gradient's shape
 */
export function scatterBack({ build, type }: RuleContext, gradient: string, places: string, to: string): string {
  const flat = (value: string): string => build.reshape(value, [-1]);
  const zeros = flat(build.zerosLike(to, gradientType(type(to))));
  const sum = build.op('ScatterElements', [zeros, flat(places), flat(gradient)], { axis: 0, reduction: 'add' });
  return build.reshapeLike(sum, to);
}

/** The place of each number of a value when it is laid flat, in its shape. */
export function placesOf({ build }: RuleContext, value: string): string {
  const count = build.op('Size', [value]);
  return build.reshapeLike(build.op('Range', [build.int(0), count, build.int(1)]), value);
}

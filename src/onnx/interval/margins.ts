// How much a model's logit of the label stays above all others, whatever a sample becomes within a box: a proof where it is above 0.
// Computed by the same runtime in single precision, so that a margin counts only where it is above what rounding may do.
import { FLAT } from '../autodiff/rules/index.ts';
import { Builder } from '../builder.ts';
import { encodeModel } from '../encode.ts';
import { FLOAT, type Graph, type Node, floatOf, intOf, isOwnDomain } from '../model.ts';
import type { Prepared } from '../prepare.ts';
import { type OpenSession, type SessionOptions, openSession } from '../session.ts';
import { INTERVALS, type Interval, centre, noInterval } from './rules.ts';

export interface MarginParts {
  readonly prepared: Prepared;
  readonly input: string;
  /** Numbers that the model gives for each sample; of one, the logit of the second class. */
  readonly columns: number;
  readonly session?: SessionOptions;
}

export interface OpenMargins {
  readonly session: OpenSession;
  readonly low: string;
  readonly high: string;
  readonly label: string;
  readonly margin: string;
}

const LOW = '~low';
const HIGH = '~high';
const LABEL = '~label';
const MARGIN = '~margin';
/** More than any logit. */
const FAR = 1e9;

function propagate(graph: Graph, build: Builder, input: string): Map<string, Interval> {
  const known = new Map<string, Interval>([[input, { low: LOW, high: HIGH }]]);
  for (const node of graph.nodes) {
    const isFlat = isOwnDomain(node.domain) && FLAT.has(node.op);
    const inputs = node.inputs.map((name) => known.get(name));
    if (inputs.every((each) => each === undefined)) continue;
    // Shapes do not change with numbers; places and comparisons do.
    if (node.op === 'Shape' || node.op === 'Size' || node.op === 'ConstantOfShape') continue;
    const rule = isOwnDomain(node.domain) && !isFlat ? INTERVALS.get(node.op) : undefined;
    if (rule === undefined) throw noInterval(node, 'there is no rule for it');
    known.set(node.outputs[0]!, rule({ node, build, inputs }));
  }
  return known;
}

/** Through a last sum by weights the differences of logits are bounded, which is closer than their own bounds. */
function throughLast(build: Builder, node: Node, given: Interval): string {
  const [, weights, bias] = node.inputs as [string, string, string | undefined];
  const rows = intOf(node.attributes, 'transB', 0) === 1 ? weights : build.transpose(weights, [1, 0]);
  const own = build.op('Unsqueeze', [build.op('MatMul', [LABEL, rows]), build.ints([1])]);
  const apart = build.sub(own, build.op('Unsqueeze', [rows, build.ints([0])]));
  const { middle, radius } = centre(build, given);
  const wide = (value: string): string => build.op('Unsqueeze', [value, build.ints([1])]);
  const moved = build.mul(apart, wide(middle));
  const spread = build.mul(build.op('Abs', [apart]), wide(radius));
  const margins = build.sum(build.sub(moved, spread), [2], false);
  if (bias === undefined || bias === '') return margins;
  const column = build.reshape(bias, [-1, 1]);
  return build.add2(margins, build.sub(build.op('MatMul', [LABEL, column]), build.reshape(bias, [1, -1])));
}

function isPlainSum(node: Node | undefined, columns: number): node is Node {
  if (node?.op !== 'Gemm' || columns === 1) return false;
  const { attributes } = node;
  return (
    floatOf(attributes, 'alpha', 1) === 1 &&
    floatOf(attributes, 'beta', 1) === 1 &&
    intOf(attributes, 'transA', 0) === 0
  );
}

function leastMargin(
  graph: Graph,
  build: Builder,
  output: string,
  columns: number,
  known: Map<string, Interval>,
): string {
  const last = graph.nodes.find((node) => node.outputs[0] === output);
  const before = isPlainSum(last, columns) ? known.get(last.inputs[0]!) : undefined;
  const far = build.mul(LABEL, build.scalar(FAR));
  const greatest = (value: string): string =>
    build.sum(build.ops('TopK', [value, build.ints([1])], 2, { axis: 1 })[0]!, [1], false);
  if (before !== undefined) {
    return build.neg(greatest(build.neg(build.add2(throughLast(build, last!, before), far))));
  }
  const rows = (value: string): string => {
    const flat = build.reshape(value, [-1, columns]);
    // No product with 0: the runtime writes that over its operand, which is still needed.
    return columns > 1 ? flat : build.op('Concat', [build.zerosLike(flat, FLOAT), flat], { axis: 1 });
  };
  const { low, high } = known.get(output)!;
  const own = build.sum(build.mul(rows(low), LABEL), [1], false);
  return build.sub(own, greatest(build.sub(rows(high), far)));
}

/** @throws AncileError `model_invalid` naming the node that no rule is there for */
export async function openMargins({ prepared, input, columns, session }: MarginParts): Promise<OpenMargins> {
  const { irVersion, opsets, graph } = prepared.model;
  const build = new Builder('i');
  const known = propagate(graph, build, input);
  const margin = leastMargin(graph, build, prepared.output, columns, known);
  build.add('Identity', [margin], [MARGIN]);
  const shape = graph.inputs.find(({ name }) => name === input)?.shape;
  const like = (name: string) => ({ name, type: FLOAT, ...(shape === undefined ? {} : { shape }) });
  const whole: Graph = {
    ...graph,
    inputs: [...graph.inputs, like(LOW), like(HIGH), { name: LABEL, type: FLOAT, shape: ['~n', Math.max(2, columns)] }],
    nodes: [...graph.nodes, ...build.nodes],
    initializers: [...graph.initializers, ...build.initializers],
    outputs: [{ name: MARGIN }],
  };
  const opened = await openSession(encodeModel({ irVersion, opsets, graph: whole }), session);
  return { session: opened, low: LOW, high: HIGH, label: LABEL, margin: MARGIN };
}

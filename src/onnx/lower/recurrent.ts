// Recurrent layers, unrolled: one copy of the cell for each place of the sequence, whose length must not change with the batch.
// Source: the ONNX operators RNN, GRU and LSTM (sequence x batch x input, gates in the order of the specification).
import { floatOf, intOf, stringOf } from '../model.ts';
import { type Lowering, type LoweringContext } from './lowering.ts';
import { noGradient } from '../refusal.ts';

interface Cell {
  readonly gates: number;
  readonly activations: readonly string[];
  /** One step: from what comes in (already times W, with its bias), the state, R and its bias to the next state. */
  step(
    context: LoweringContext,
    parts: {
      readonly input: string;
      readonly state: readonly string[];
      readonly r: string;
      readonly bias: string | undefined;
    },
    hidden: number,
  ): string[];
}

/** One row of weights for each gate: batch x (gates * hidden) as its gates. */
function gatesOf({ build }: LoweringContext, value: string, count: number, hidden: number): string[] {
  return build.ops('Split', [value, build.ints(Array.from({ length: count }, () => hidden))], count, { axis: 1 });
}

function timesTransposed({ build }: LoweringContext, left: string, right: string): string {
  return build.op('Gemm', [left, right], { transB: 1 });
}

const rnn: Cell = {
  gates: 1,
  activations: ['Tanh'],
  step(context, { input, state, r, bias }) {
    const { build } = context;
    const own = timesTransposed(context, state[0]!, r);
    const sum = build.add2(input, bias ? build.add2(own, bias) : own);
    return [build.op('Tanh', [sum])];
  },
};

/** Gates in the order input, output, forget, cell. */
const lstm: Cell = {
  gates: 4,
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  step(context, { input, state, r, bias }, hidden) {
    const { build } = context;
    const own = timesTransposed(context, state[0]!, r);
    const sum = build.add2(input, bias ? build.add2(own, bias) : own);
    const [i, o, f, c] = gatesOf(context, sum, 4, hidden) as [string, string, string, string];
    const sigmoid = (value: string): string => build.op('Sigmoid', [value]);
    const kept = build.mul(sigmoid(f), state[1]!);
    const cell = build.add2(kept, build.mul(sigmoid(i), build.op('Tanh', [c])));
    return [build.mul(sigmoid(o), build.op('Tanh', [cell])), cell];
  },
};

/** Gates in the order update, reset, hidden. */
const gru: Cell = {
  gates: 3,
  activations: ['Sigmoid', 'Tanh'],
  step(context, { input, state, r, bias }, hidden) {
    const { build, node, type } = context;
    const before = intOf(node.attributes, 'linear_before_reset', 0) === 1;
    const h = state[0]!;
    const [xz, xr, xh] = gatesOf(context, input, 3, hidden) as [string, string, string];
    const [rz, rr, rh] = build.ops('Split', [r, build.ints([hidden, hidden, hidden])], 3, { axis: 0 }) as [
      string,
      string,
      string,
    ];
    const biases = bias ? build.ops('Split', [bias, build.ints([hidden, hidden, hidden])], 3, { axis: 0 }) : [];
    const plus = (value: string, at: number): string => (bias ? build.add2(value, biases[at]!) : value);
    const gate = (x: string, weights: string, at: number): string =>
      build.op('Sigmoid', [build.add2(x, plus(timesTransposed(context, h, weights), at))]);
    const z = gate(xz, rz, 0);
    const reset = gate(xr, rr, 1);
    const inner = before
      ? build.mul(reset, plus(timesTransposed(context, h, rh), 2))
      : plus(timesTransposed(context, build.mul(reset, h), rh), 2);
    const next = build.op('Tanh', [build.add2(xh, inner)]);
    const one = build.scalar(1, type(node.inputs[0]!));
    return [build.add2(build.mul(build.sub(one, z), next), build.mul(z, h))];
  },
};

function checkPlain({ node, shape, constant }: LoweringContext, cell: Cell): void {
  const { attributes, inputs } = node;
  const written = attributes.get('activations');
  if (written?.kind === 'strings' && written.value.length > 0) {
    const plain = written.value.every(
      (name, i) => name.toLowerCase() === cell.activations[i % cell.activations.length]!.toLowerCase(),
    );
    if (!plain) throw noGradient(node, `its activations are ${written.value.join(', ')}`);
  }
  if (floatOf(attributes, 'clip', 0) > 0) throw noGradient(node, 'it clips');
  if (intOf(attributes, 'input_forget', 0) === 1) throw noGradient(node, 'its input and forget gates are one');
  if (inputs[7]) throw noGradient(node, 'it has peepholes');
  const length = shape(inputs[0]!)[intOf(attributes, 'layout', 0) === 1 ? 1 : 0];
  const lengths = inputs[4];
  if (lengths && constant(lengths)?.every((each) => each === length) !== true) {
    throw noGradient(node, 'its sequences are of several lengths');
  }
}

/** One direction: what each place gives, in the order of the sequence, and the last state. */
function unroll(
  context: LoweringContext,
  cell: Cell,
  x: string,
  direction: number,
  isReverse: boolean,
): { each: string[]; last: string[] } {
  const { node, build, shape, type } = context;
  const [, w, r, b, , h0, c0] = node.inputs as [string, string, string, string?, string?, string?, string?];
  const hidden = shape(r)[2]!;
  const batchFirst = intOf(node.attributes, 'layout', 0) === 1;
  const length = shape(node.inputs[0]!)[batchFirst ? 1 : 0]!;
  if (length === -1) throw noGradient(node, 'the length of its sequences changes with the batch');
  const pick = (value: string, axis: number): string => build.op('Gather', [value, build.int(direction)], { axis });
  const size = cell.gates * hidden;
  const bias = b
    ? (build.ops('Split', [pick(b, 0), build.ints([size, size])], 2, { axis: 0 }) as [string, string])
    : undefined;
  // All places at once: sequence x batch x (gates * hidden).
  const product = build.op('MatMul', [x, build.transpose(pick(w, 0), [1, 0])]);
  const inputs = bias ? build.add2(product, bias[0]) : product;
  const steps = build.ops('Split', [inputs, build.ints(Array.from({ length }, () => 1))], length, { axis: 0 });
  const recurrent = pick(r, 0);
  const zero = (): string => {
    const first = build.op('Slice', [
      build.reshape(steps[0]!, [-1, size]),
      build.ints([0]),
      build.ints([hidden]),
      build.ints([1]),
    ]);
    return build.zerosLike(first, type(node.inputs[0]!));
  };
  const begin = (value: string | undefined): string => (value ? pick(value, batchFirst ? 1 : 0) : zero());
  let state = node.op === 'LSTM' ? [begin(h0), begin(c0)] : [begin(h0)];
  const each = new Array<string>(length);
  for (let i = 0; i < length; i++) {
    const place = isReverse ? length - 1 - i : i;
    const input = build.reshape(steps[place]!, [-1, size]);
    state = cell.step(context, { input, state, r: recurrent, bias: bias?.[1] }, hidden);
    each[place] = state[0]!;
  }
  return { each, last: state };
}

const recurrent =
  (cell: Cell): Lowering =>
  (context) => {
    const { node, build } = context;
    checkPlain(context, cell);
    const way = stringOf(node.attributes, 'direction', 'forward');
    const batchFirst = intOf(node.attributes, 'layout', 0) === 1;
    const x = batchFirst ? build.transpose(node.inputs[0]!, [1, 0, 2]) : node.inputs[0]!;
    const ways = way === 'bidirectional' ? [false, true] : [way === 'reverse'];
    const runs = ways.map((isReverse, direction) => unroll(context, cell, x, direction, isReverse));
    const [all, hidden, inner] = node.outputs;
    // Y is sequence x direction x batch x hidden; with batches first, batch x sequence x direction x hidden.
    if (all) {
      const places = runs[0]!.each.map((_, place) => {
        const side = runs.map(({ each }) => build.op('Unsqueeze', [each[place]!, build.ints([0])]));
        return build.op('Unsqueeze', [
          side.length === 1 ? side[0]! : build.op('Concat', side, { axis: 0 }),
          build.ints([0]),
        ]);
      });
      const joined = places.length === 1 ? places[0]! : build.op('Concat', places, { axis: 0 });
      build.add(batchFirst ? 'Transpose' : 'Identity', [joined], [all], batchFirst ? { perm: [2, 0, 1, 3] } : {});
    }
    for (const [i, output] of [hidden, inner].entries()) {
      if (!output) continue;
      const side = runs.map(({ last }) => build.op('Unsqueeze', [last[i]!, build.ints([0])]));
      const joined = side.length === 1 ? side[0]! : build.op('Concat', side, { axis: 0 });
      build.add(batchFirst ? 'Transpose' : 'Identity', [joined], [output], batchFirst ? { perm: [1, 0, 2] } : {});
    }
  };

export const RECURRENT: Readonly<Record<string, Lowering>> = {
  RNN: recurrent(rnn),
  LSTM: recurrent(lstm),
  GRU: recurrent(gru),
};

// Convolutions and their transposes: each is the other's gradient by what it slides over, and by its kernel both are a
// convolution of the batch (Dumoulin and Visin 2016).
import { intOf } from '../../model.ts';
import { type Rule, type RuleContext, only } from '../rule.ts';
import { type Window, reachOf, readWindow } from '../window.ts';

const pads = ({ before, after }: Window): number[] => [...before, ...after];

/** Sum over all but the channels: the gradient of a bias. */
function ofBias({ build }: RuleContext, gradient: string, rank: number): string {
  return build.sum(gradient, [0, ...Array.from({ length: rank }, (_, i) => i + 2)], false);
}

/** Spread back over what was slid over. */
function transposed(context: RuleContext, gradient: string, kernel: string, window: Window, group: number): string {
  const { build } = context;
  const { strides, dilations, small, large, before, after } = window;
  const missing = large.map(
    (size, axis) => size - ((small[axis]! - 1) * strides[axis]! + reachOf(window, axis) - before[axis]! - after[axis]!),
  );
  return build.op('ConvTranspose', [gradient, kernel], {
    strides,
    dilations,
    group,
    pads: pads(window),
    output_padding: missing,
  });
}

/**
 * The same as a plain convolution with the kernel turned round, which the runtime computes faster: where the window moves by one.
 * @param dims - of the kernel: out, in / group, space
 */
function turned(
  context: RuleContext,
  gradient: string,
  kernel: string,
  dims: readonly number[],
  window: Window,
  group: number,
): string {
  const { build } = context;
  const [out, within] = dims as [number, number];
  const space = dims.slice(2);
  const last = space.map((_, i) => i + 2);
  const flipped = build.op('Slice', [
    kernel,
    build.ints(space.map(() => -1)),
    build.ints(space.map(() => -(2 ** 62))),
    build.ints(last),
    build.ints(space.map(() => -1)),
  ]);
  // [group, out / group, in / group, space] -> [group, in / group, out / group, space] -> [in, out / group, space]
  const parted = build.reshape(flipped, [group, out / group, within, ...space]);
  const exchanged = build.transpose(parted, [0, 2, 1, ...space.map((_, i) => i + 3)]);
  const weights = build.reshape(exchanged, [group * within, out / group, ...space]);
  const edge = (pad: readonly number[]): number[] => pad.map((own, axis) => reachOf(window, axis) - 1 - own);
  return build.op('Conv', [gradient, weights], {
    dilations: window.dilations,
    group,
    pads: [...edge(window.before), ...edge(window.after)],
  });
}

/**
 * By the kernel: the batch takes the place of the channels.
 * @param large - what was slid over, N x C x space
 * @param small - a number for each place, N x M x space
 * @param channels - of what was slid over
 * @returns M x C / group x kernel
 */
function byKernel(
  context: RuleContext,
  large: string,
  small: string,
  window: Window,
  group: number,
  channels: number,
): string {
  const { build } = context;
  const space = Array.from({ length: window.rank }, (_, i) => i);
  // [N, g, C/g, space] -> [C/g, g, N, space] -> [C/g, g * N, space]
  const parted = build.reshape(large, [-1, group, channels / group, ...window.large]);
  const swapped = build.transpose(parted, [2, 1, 0, ...space.map((i) => i + 3)]);
  const images = build.reshape(swapped, [channels / group, -1, ...window.large]);
  const filters = build.transpose(small, [1, 0, ...space.map((i) => i + 2)]);
  const found = build.op('Conv', [images, filters], {
    strides: window.dilations,
    dilations: window.strides,
    group,
    pads: pads(window),
  });
  const cut = build.op('Slice', [
    found,
    build.ints(space.map(() => 0)),
    build.ints(window.kernel),
    build.ints(space.map((i) => i + 2)),
  ]);
  return build.transpose(cut, [1, 0, ...space.map((i) => i + 2)]);
}

const conv: Rule = (context) => {
  const { node, wants, shape } = context;
  const [x, w, b] = node.inputs as [string, string, string?];
  const dims = shape(w);
  const window = readWindow(context, x, node.outputs[0]!, dims.slice(2));
  const group = intOf(node.attributes, 'group', 1);
  const gradient = only(context);
  const moves = window.strides.every((stride) => stride === 1);
  const fits = [...window.before, ...window.after].every((pad, i) => pad <= reachOf(window, i % window.rank) - 1);
  const byInput = (): string =>
    moves && fits ? turned(context, gradient, w, dims, window, group) : transposed(context, gradient, w, window, group);
  return [
    wants(0) ? byInput() : undefined,
    wants(1) ? byKernel(context, x, gradient, window, group, dims[1]! * group) : undefined,
    b && wants(2) ? ofBias(context, gradient, window.rank) : undefined,
  ];
};

/** Of the transpose the roles are exchanged: its output is what a convolution would slide over. */
const convTranspose: Rule = (context) => {
  const { node, build, wants, shape } = context;
  const [x, w, b] = node.inputs as [string, string, string?];
  const dims = shape(w);
  const group = intOf(node.attributes, 'group', 1);
  const gradient = only(context);
  const window = transposeWindow(context, x, dims.slice(2));
  const byInput = (): string =>
    build.op('Conv', [gradient, w], {
      strides: window.strides,
      dilations: window.dilations,
      group,
      pads: pads(window),
    });
  return [
    wants(0) ? byInput() : undefined,
    wants(1) ? byKernel(context, gradient, x, window, group, dims[1]! * group) : undefined,
    b && wants(2) ? ofBias(context, gradient, window.rank) : undefined,
  ];
};

/** A transposed window's pads are what makes its output as large as it is; a rest stays at the end, where no window reaches. */
function transposeWindow(context: RuleContext, x: string, kernel: readonly number[]): Window {
  const window = readWindow(context, context.node.outputs[0]!, x, kernel);
  const auto = context.node.attributes.has('auto_pad') || context.node.attributes.has('output_shape');
  if (!auto) return window;
  const total = window.kernel.map(
    (_, axis) => (window.small[axis]! - 1) * window.strides[axis]! + reachOf(window, axis) - window.large[axis]!,
  );
  const written = context.node.attributes.get('auto_pad');
  const upper = written?.kind === 'string' && written.value === 'SAME_UPPER';
  const less = total.map((all) => Math.floor(Math.max(0, all) / 2));
  const more = total.map((all, axis) => Math.max(0, all) - less[axis]!);
  return { ...window, before: upper ? less : more, after: upper ? more : less };
}

export const CONVOLUTION: Readonly<Record<string, Rule>> = { Conv: conv, ConvTranspose: convTranspose };

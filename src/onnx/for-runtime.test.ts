// Newer writers' models, computed by a runtime that does not know their operators: held against what the operators are defined as.
import { expect, it } from 'vitest';
import { encodeModel } from './encode.ts';
import { forRuntime } from './for-runtime.ts';
import type { Model } from './model.ts';
import { openSession } from './session.ts';
import { numbers, smallModel } from './testing/graph.ts';

const DIMS = [2, 4, 3, 1];
const x = numbers(24, 3, -2, 2);

async function compute(model: Model): Promise<ArrayLike<number>> {
  const { model: known } = forRuntime(model);
  const session = await openSession(encodeModel(known));
  const output = known.graph.outputs[0]!.name;
  return (await session.run({ x: { type: 'float32', data: x, dims: DIMS } }, [output]))[output]!
    .data as ArrayLike<number>;
}

const of = (op: string, inputs: string[], given = {}, floats = {}, opset = 23): Model => ({
  ...smallModel({ shape: DIMS, nodes: [[op, inputs, given]], floats, opset }),
  irVersion: 11,
});

const erf = (value: number): number => {
  // Abramowitz and Stegun 7.1.26.
  const t = 1 / (1 + 0.3275911 * Math.abs(value));
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(value) * (1 - poly * Math.exp(-value * value));
};

it('writes Gelu by older operators, in both of its forms', async () => {
  const exact = await compute(of('Gelu', ['x']));
  const tanh = await compute(of('Gelu', ['x'], { approximate: 'tanh' }));
  x.forEach((value, i) => {
    expect(exact[i]).toBeCloseTo((value / 2) * (1 + erf(value / Math.SQRT2)), 5);
    const bend = Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3));
    expect(tanh[i]).toBeCloseTo((value / 2) * (1 + bend), 5);
  });
});

it('writes normalisation of groups with a scale for each channel', async () => {
  const [scale, bias] = [numbers(4, 8), numbers(4, 9)];
  const floats = { s: [[4], scale], b: [[4], bias] };
  const got = await compute(of('GroupNormalization', ['x', 's', 'b'], { num_groups: 2 }, floats));
  for (let i = 0; i < 24; i++) {
    const group = Math.floor(i / 6) * 6;
    const part = x.subarray(group, group + 6);
    const mean = part.reduce((a, b) => a + b) / 6;
    const variance = part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 6;
    const channel = Math.floor(i / 3) % 4;
    expect(got[i]).toBeCloseTo(((x[i]! - mean) / Math.sqrt(variance + 1e-5)) * scale[channel]! + bias[channel]!, 4);
  }
});

it('writes normalisation by the root of squares', async () => {
  const got = await compute(of('RMSNormalization', ['x', 's'], {}, { s: [[1], [2]] }));
  x.forEach((value, i) => expect(got[i]).toBeCloseTo((2 * value) / Math.sqrt(value * value + 1e-5), 5));
});

it('leaves alone what the runtime reads, and names the node of what it does not', async () => {
  const known = { ...of('Relu', ['x'], {}, {}, 17), irVersion: 8 };
  expect(forRuntime(known)).toEqual({ model: known, isChanged: false });
  const unknown = compute(of('RotaryEmbedding', ['x', 'x', 'x']));
  await expect(unknown).rejects.toMatchObject({
    code: 'model_invalid',
    message: expect.stringMatching(/RotaryEmbedding/) as string,
  });
});

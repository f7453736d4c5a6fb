// What is certain of an ONNX file within a box around each sample, by interval bounds.
import { AncileError } from '../../base/index.ts';
import { type Feed, openMargins, prepare } from '../../onnx/index.ts';
import type { Margins } from '../target.ts';
import { inPieces, joined, piece, toFloats } from './onnx-ask.ts';
import { type GradientSource, rowsAt, samplesFor } from './onnx-gradients.ts';

/** @throws AncileError `model_invalid` naming the operator that has no rule */
export async function openOnnxMargins(source: GradientSource): Promise<Margins> {
  const { model, value, scale, asked, columns, classes, threads } = source;
  const { input, type, shape } = asked;
  if (type !== 'float32' || scale === 'probabilities') {
    const why = type === 'float32' ? 'it gives probabilities, and not what they are made of' : `its input is ${type}`;
    throw new AncileError('model_invalid', `no interval bounds of this model: ${why}`, {
      at: input,
      hint: 'Smoothing works on it all the same: --certify smoothing --sigma.',
    });
  }
  const prepared = await prepare(model, { output: value, ...samplesFor(source) });
  const open = await openMargins({ prepared, input, columns, session: { threads } });
  return async (low, high, labels) => {
    const count = labels.length;
    const rows = rowsAt(labels, classes);
    const parts: Float32Array[] = [];
    await inPieces(asked, count, async (from, to, size) => {
      const feed = (data: Float32Array, dims: readonly number[]): Feed => ({
        type: 'float32',
        data: piece({ data, count }, from, to, size),
        dims: [size, ...dims],
      });
      const feeds = {
        [input]: feed(low, shape),
        [open.low]: feed(low, shape),
        [open.high]: feed(high, shape),
        [open.label]: feed(rows, [classes]),
      };
      const given = await open.session.run(feeds, [open.margin]);
      parts.push(toFloats(given[open.margin]!).subarray(0, to - from));
    });
    return joined(parts);
  };
}

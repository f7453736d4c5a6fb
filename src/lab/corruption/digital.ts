// What storage and framing do: coarse pixels, compression, a turned, moved or pulled picture.
import { smooth } from './gaussian.ts';
import { type Corrupt, between, pixel, remap, strength } from './image.ts';

/** Means over coarse pixels, each pixel the coarse one that its centre lies in. */
export const pixelate: Corrupt = (image, severity) => {
  const kept = strength(image, severity, [0.95, 0.9, 0.85, 0.75, 0.65], [0.6, 0.5, 0.4, 0.3, 0.25]);
  const rows = Math.max(1, Math.floor(image.height * kept));
  const columns = Math.max(1, Math.floor(image.width * kept));
  const cell = (place: number, cells: number, length: number): readonly [number, number] => {
    const index = Math.min(cells - 1, Math.floor(((place + 0.5) * cells) / length));
    return [(index * length) / cells, ((index + 1) * length) / cells];
  };
  remap(image, (before, channel, row, column) => {
    const [top, bottom] = cell(row, rows, image.height);
    const [left, right] = cell(column, columns, image.width);
    let [sum, area] = [0, 0];
    for (let r = Math.floor(top); r < bottom; r++) {
      for (let c = Math.floor(left); c < right; c++) {
        const share = (Math.min(r + 1, bottom) - Math.max(r, top)) * (Math.min(c + 1, right) - Math.max(c, left));
        sum += share * pixel(before, image, channel, r, c);
        area += share;
      }
    }
    return sum / area;
  });
};

/** The quantisation table for brightness of the JPEG standard (annex K), row by row. */
// prettier-ignore
const TABLE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

const WAVES = Float64Array.from({ length: 64 }, (_, i) => {
  const [frequency, place] = [Math.floor(i / 8), i % 8];
  return Math.sqrt(frequency === 0 ? 1 / 8 : 1 / 4) * Math.cos(((2 * place + 1) * frequency * Math.PI) / 16);
});

/** The lossy part of JPEG alone: blocks of cosines rounded by the table, each channel like brightness; colours are not thinned out. */
export const jpeg: Corrupt = (image, severity) => {
  const quality = strength(image, severity, [80, 65, 58, 50, 40], [25, 18, 15, 10, 7]);
  const scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const table = TABLE.map((entry) => Math.min(255, Math.max(1, Math.floor((entry * scale + 50) / 100))));
  const block = new Float64Array(64);
  const turned = new Float64Array(64);
  const before = Float32Array.from(image.data);
  /** Rows, then columns, of a block by the waves; the inverse where `back`. */
  const transform = (back: boolean): void => {
    for (let pass = 0; pass < 2; pass++) {
      for (let line = 0; line < 8; line++) {
        for (let u = 0; u < 8; u++) {
          let sum = 0;
          for (let t = 0; t < 8; t++) sum += block[line * 8 + t]! * WAVES[back ? t * 8 + u : u * 8 + t]!;
          turned[u * 8 + line] = sum;
        }
      }
      block.set(turned);
    }
  };
  for (let channel = 0; channel < image.channels; channel++) {
    for (let top = 0; top < image.height; top += 8) {
      for (let left = 0; left < image.width; left += 8) {
        for (let i = 0; i < 64; i++) {
          block[i] = 255 * pixel(before, image, channel, top + Math.floor(i / 8), left + (i % 8)) - 128;
        }
        transform(false);
        for (let i = 0; i < 64; i++) block[i] = Math.round(block[i]! / table[i]!) * table[i]!;
        transform(true);
        for (let i = 0; i < 64; i++) {
          const [row, column] = [top + Math.floor(i / 8), left + (i % 8)];
          if (row >= image.height || column >= image.width) continue;
          image.data[(channel * image.height + row) * image.width + column] = (block[i]! + 128) / 255;
        }
      }
    }
  }
};

/** By 6 to 30 degrees to either side; not of the original set. */
export const rotate: Corrupt = (image, severity, stream) => {
  const angle = (stream.sign() * severity * 6 * Math.PI) / 180;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const [middleRow, middleColumn] = [(image.height - 1) / 2, (image.width - 1) / 2];
  remap(image, (before, channel, row, column) => {
    const [r, c] = [row - middleRow, column - middleColumn];
    return between(before, image, channel, middleRow + cosine * r - sine * c, middleColumn + sine * r + cosine * c);
  });
};

/** By 4 to 20 hundredths of the side in a random direction; not of the original set. */
export const translate: Corrupt = (image, severity, stream) => {
  const angle = 2 * Math.PI * stream.next();
  const [down, right] = [
    0.04 * severity * image.height * Math.sin(angle),
    0.04 * severity * image.width * Math.cos(angle),
  ];
  remap(image, (before, channel, row, column) => between(before, image, channel, row - down, column - right));
};

/**
 * Pulled this way and that by a smooth field, by 1 to 6 hundredths of the side at most: the original's strengths trade roughness for reach,
 * so that a greater one need not change more.
 */
export const elastic: Corrupt = (image, severity, stream) => {
  const { height, width } = image;
  const side = Math.max(height, width);
  const reach = side * [0.01, 0.02, 0.03, 0.045, 0.06][severity - 1]!;
  const field = (): Float64Array => {
    const values = Float64Array.from({ length: height * width }, () => 2 * stream.next() - 1);
    smooth(values, height, width, side * 0.06);
    const greatest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    return values.map((value) => (value / greatest) * reach);
  };
  const [down, right] = [field(), field()];
  const inside = (place: number, length: number): number => Math.min(length - 1, Math.max(0, place));
  remap(image, (before, channel, row, column) => {
    const at = row * width + column;
    return between(before, image, channel, inside(row + down[at]!, height), inside(column + right[at]!, width));
  });
};

// The forms of one text that detectors look at, each with its way back to the original offsets.
import { decodeLayers, type DecodedLayers } from './decode.ts';
import { foldText, isPlain, lowerSameLength } from './fold.ts';

/**
 * A text found inside a text: decoded base64, hex, percent-encoding, ROT13, reversed leetspeak, closed-up spacing.
 * Pieces decoded by the same way at the same depth stand in one layer, a line break between them.
 */
export interface Layer {
  /** What was undone, outermost first: `['base64', 'hex']`. */
  readonly via: readonly string[];
  /** The decoded text, folded like `TextView.folded`. */
  readonly text: string;
  /** Span of the original text that a span of the layer's text came from. */
  toOriginal(start: number, end: number): readonly [start: number, end: number];
}

/**
 * One text, ready to be judged. `folded` is made code point by code point (so that it can be made of a stream):
 * compatibility forms decomposed (NFKD), combining marks, zero-width and bidirectional controls removed, Unicode
 * tag characters turned into the ASCII they carry, look-alike letters into the ASCII letter they look like.
 * Case is kept; `lower` is `folded` in lower case, of the same length.
 */
export interface TextView {
  readonly original: string;
  readonly folded: string;
  readonly lower: string;
  /** Span of the original text that a span of `folded` came from. */
  toOriginal(start: number, end: number): readonly [start: number, end: number];
  /** Decoded layers, computed on first use; bounded in number, depth and size. */
  layers(): readonly Layer[];
  /** Whether a bound was met, so that something encoded may have stayed undecoded. Computes the layers. */
  layersCut(): boolean;
}

class FoldedView implements TextView {
  readonly original: string;
  readonly folded: string;
  /** Absent where folding left the text as it is. */
  readonly #toOffset: ((index: number) => number) | undefined;
  #lower: string | undefined;
  #decoded: DecodedLayers | undefined;

  constructor(original: string) {
    this.original = original;
    if (isPlain(original)) {
      this.folded = original;
    } else {
      const fold = foldText(original);
      this.folded = fold.folded;
      this.#toOffset = fold.toOffset;
    }
  }

  get lower(): string {
    return (this.#lower ??= lowerSameLength(this.folded));
  }

  toOriginal(start: number, end: number): readonly [start: number, end: number] {
    const toOffset = this.#toOffset;
    if (toOffset === undefined) return [start, end];
    const { length } = this.folded;
    const from = start < length ? toOffset(start) : this.original.length;
    if (end <= start) return [from, from];
    if (length === 0) return [from, from + 1];
    const last = toOffset(Math.min(end, length) - 1);
    return [from, last + (this.original.codePointAt(last)! > 0xffff ? 2 : 1)];
  }

  layers(): readonly Layer[] {
    return (this.#decoded ??= decodeLayers(this, createView)).layers;
  }

  layersCut(): boolean {
    return (this.#decoded ??= decodeLayers(this, createView)).cut;
  }
}

/** A view of a text. Linear; of plain ASCII it costs one scan and no copies. */
export function createView(original: string): TextView {
  return new FoldedView(original);
}

// The forms of one text that detectors look at, each with its way back to the original offsets.

/** A text found inside a text: decoded base64, hex, percent-encoding, ROT13, reversed leetspeak, closed-up spacing. */
export interface Layer {
  /** What was undone, outermost first: `['base64', 'hex']`. */
  readonly via: readonly string[];
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
}

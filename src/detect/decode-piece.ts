// A decoded text under construction, with the span of the source that each stretch of it came from.

/** A text made out of another one. */
export interface Decoded {
  readonly text: string;
  /** Span of the source that a span of `text` came from. */
  toSource(start: number, end: number): readonly [start: number, end: number];
}

/** Collects stretches: copied ones map unit by unit, replaced ones as a whole. */
export class DecodedBuilder {
  readonly #parts: string[] = [];
  readonly #outStarts: number[] = [];
  readonly #sourceStarts: number[] = [];
  readonly #sourceEnds: number[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Appends `text`, made of the source's `[start, end)`. Of equal length, it maps unit by unit. */
  append(text: string, start: number, end: number): void {
    if (text === '') return;
    this.#outStarts.push(this.#length);
    this.#sourceStarts.push(start);
    this.#sourceEnds.push(end);
    this.#parts.push(text);
    this.#length += text.length;
  }

  finish(): Decoded {
    const outStarts = this.#outStarts;
    const stretchAt = (position: number): number => {
      let low = 0;
      let high = outStarts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (outStarts[middle]! <= position) low = middle;
        else high = middle - 1;
      }
      return low;
    };
    const spanOf = (position: number): readonly [number, number] => {
      const at = stretchAt(position);
      const start = this.#sourceStarts[at] ?? 0;
      const end = this.#sourceEnds[at] ?? 0;
      const length = (outStarts[at + 1] ?? this.#length) - (outStarts[at] ?? 0);
      if (end - start !== length) return [start, end];
      const offset = start + position - outStarts[at]!;
      return [offset, offset + 1];
    };
    return {
      text: this.#parts.join(''),
      toSource: (start, end) => {
        const first = spanOf(start);
        return end <= start ? [first[0], first[0]] : [first[0], Math.max(first[1], spanOf(end - 1)[1])];
      },
    };
  }
}

// Bytes that are read piece by piece: what a parser of a binary format asks for, whoever keeps them.

export interface Bytes {
  /** Bytes in all. */
  readonly size: number;
  /**
   * @param offset - from the beginning; behind the end nothing is returned
   * @param length - bytes wanted; fewer come only at the end
   * @returns a view that nobody overwrites
   */
  read(offset: number, length: number): Uint8Array;
}

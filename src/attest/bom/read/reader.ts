// What a reader of facts is: it knows its files by their path, and writes what they say into a book.
import type { Bytes } from '../../../reader/index.ts';
import type { FactBook } from '../fact-book.ts';

export interface Reader {
  /** @param path - within the model, with `/` */
  match(path: string): boolean;
  /** @throws Malformed, BeyondBudget and AncileError for a file that is not what it should be; what was read before counts */
  read(bytes: Bytes, book: FactBook): void;
}

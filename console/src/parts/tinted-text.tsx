// A stretch of outside text with the words tinted that moved a score. The weights stand in the list beside it, for whoever
// does not see the tints.
import type { ReactNode } from 'react';
import { formatWeight } from './format.ts';
import { OutsideText } from './outside-text.tsx';
import { type WeightedWord, tintWords } from './tint-words.ts';
import classes from './tinted-text.module.css';

interface TintedTextProps {
  readonly text: string;
  /** Where the stretch begins in the text that the words count in. */
  readonly offset: number;
  readonly words: readonly WeightedWord[];
  /** Weight of the strongest tint. */
  readonly most: number;
}

export function TintedText({ text, offset, words, most }: TintedTextProps): ReactNode {
  if (words.length === 0) return <OutsideText text={text} block />;
  return tintWords(text, offset, words, most).map((piece, i) =>
    piece.level === 0 ? (
      <OutsideText key={i} text={piece.text} block />
    ) : (
      <span key={i} className={classes.word} data-level={piece.level} title={formatWeight(piece.weight)}>
        <OutsideText text={piece.text} block />
      </span>
    ),
  );
}

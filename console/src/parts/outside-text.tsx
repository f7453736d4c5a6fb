// Text that came from outside (prompts, evidence, names): always text, never markup or a link, and nothing hidden in it.
import { type ReactNode, useMemo } from 'react';
import { revealHidden } from './hidden-characters.ts';
import classes from './outside-text.module.css';

interface OutsideTextProps {
  readonly text: string;
  /** Whether its lines are shown as lines. */
  readonly block?: boolean;
}

export function OutsideText({ text, block = false }: OutsideTextProps): ReactNode {
  const pieces = useMemo(() => revealHidden(text, block), [text, block]);
  return (
    <span className={block ? classes.block : classes.inline}>
      {pieces.map((piece, i) =>
        piece.kind === 'text' ? (
          piece.text
        ) : (
          <span key={i} className={classes.hidden} title={piece.name}>
            {piece.label}
          </span>
        ),
      )}
    </span>
  );
}

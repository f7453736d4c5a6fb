// A captured or held text with its found spans marked: coloured, underlined, and named to whoever listens; and with the
// words tinted that moved a score, where that is known.
import { Tooltip } from '@mantine/core';
import { Fragment, type ReactNode, useMemo } from 'react';
import type { Explanation, Finding } from '../contract.ts';
import { markSpans } from './mark-spans.ts';
import classes from './marked-text.module.css';
import { weightedWords } from './tint-words.ts';
import { TintedText } from './tinted-text.tsx';

interface MarkedTextProps {
  readonly text: string;
  /** Findings of this text, with spans in the text as it came. */
  readonly findings: readonly Finding[];
  /** What moved the scores of this text, as it stands here. */
  readonly explanations?: readonly Explanation[] | undefined;
}

const NONE: readonly Explanation[] = [];

export function MarkedText({ text, findings, explanations = NONE }: MarkedTextProps): ReactNode {
  const pieces = useMemo(() => {
    let at = 0;
    return markSpans(text, findings).map((piece) => ({
      ...piece,
      offset: (at += piece.text.length) - piece.text.length,
    }));
  }, [text, findings]);
  const words = useMemo(() => weightedWords(explanations), [explanations]);
  const most = Math.max(...words.map(({ weight }) => Math.abs(weight)), 0);
  return (
    <div className={classes.text} tabIndex={0} role="group" aria-label="Text, with what was found marked">
      {pieces.map((piece, i) => {
        const shown = <TintedText text={piece.text} offset={piece.offset} words={words} most={most} />;
        if (piece.findings.length === 0) return <Fragment key={i}>{shown}</Fragment>;
        const rules = [...new Set(piece.findings.map((finding) => finding.rule))].join(', ');
        return (
          <Tooltip key={i} label={piece.redacted ? `redacted: ${rules}` : rules} openDelay={100}>
            <mark className={classes.mark} data-redacted={piece.redacted || undefined} data-rule={rules}>
              {shown}
              <span className="sr"> [found: {rules}] </span>
            </mark>
          </Tooltip>
        );
      })}
    </div>
  );
}

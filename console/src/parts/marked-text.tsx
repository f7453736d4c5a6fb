// A captured or held text with its found spans marked: coloured, underlined, and named to whoever listens.
import { Tooltip } from '@mantine/core';
import { type ReactNode, useMemo } from 'react';
import type { Finding } from '../contract.ts';
import { markSpans } from './mark-spans.ts';
import classes from './marked-text.module.css';
import { OutsideText } from './outside-text.tsx';

interface MarkedTextProps {
  readonly text: string;
  /** Findings of this text, with spans in the text as it came. */
  readonly findings: readonly Finding[];
}

export function MarkedText({ text, findings }: MarkedTextProps): ReactNode {
  const pieces = useMemo(() => markSpans(text, findings), [text, findings]);
  return (
    <div className={classes.text} tabIndex={0} role="group" aria-label="Text, with what was found marked">
      {pieces.map((piece, i) => {
        if (piece.findings.length === 0) return <OutsideText key={i} text={piece.text} block />;
        const rules = [...new Set(piece.findings.map((finding) => finding.rule))].join(', ');
        return (
          <Tooltip key={i} label={piece.redacted ? `redacted: ${rules}` : rules} openDelay={100}>
            <mark className={classes.mark} data-redacted={piece.redacted || undefined} data-rule={rules}>
              <OutsideText text={piece.text} block />
              <span className="sr"> [found: {rules}] </span>
            </mark>
          </Tooltip>
        );
      })}
    </div>
  );
}

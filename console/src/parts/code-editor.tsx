// A text with line numbers and light colours, to read or to edit: a textarea over its own coloured copy. The tab key
// moves on, as everywhere, so that nobody is caught in it.
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { type Token, tokenize } from './cedar-tokens.ts';
import classes from './code-editor.module.css';
import { revealHidden } from './hidden-characters.ts';

interface CodeEditorProps {
  readonly label: string;
  readonly text: string;
  readonly grammar: 'cedar' | 'yaml';
  /** Absent: to be read only. */
  readonly onChange?: (text: string) => void;
  /** Lines with a problem, from 1. */
  readonly marked?: ReadonlySet<number>;
  /** The line to show first, from 1. */
  readonly at?: number;
}

function Coloured({ token }: { readonly token: Token }): ReactNode {
  return (
    <span className={classes[token.kind]}>
      {revealHidden(token.text, true).map((piece, i) =>
        piece.kind === 'text' ? (
          piece.text
        ) : (
          // The character itself keeps its width, or the copy would not lie under what is typed.
          <span key={i} className={classes.hidden} title={piece.name}>
            {piece.text}
          </span>
        ),
      )}
    </span>
  );
}

export function CodeEditor({ label, text, grammar, onChange, marked, at }: CodeEditorProps): ReactNode {
  const here = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Browsers differ in what this returns, and an effect may return nothing but its end.
    void here.current?.scrollIntoView({ block: 'center' });
  }, [at]);
  const tokens = useMemo(() => tokenize(text, grammar), [text, grammar]);
  const lines = useMemo(() => text.split('\n').length, [text]);
  return (
    <div className={classes.editor}>
      <div className={classes.gutter} aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => (
          <div
            key={i}
            ref={i + 1 === at ? here : undefined}
            data-marked={marked?.has(i + 1) || undefined}
            data-here={i + 1 === at || undefined}
          >
            {i + 1}
          </div>
        ))}
      </div>
      <div className={classes.area} tabIndex={onChange === undefined ? 0 : undefined} role="group" aria-label={label}>
        <pre className={classes.copy} aria-hidden={onChange !== undefined}>
          {tokens.map((token, i) => (
            <Coloured key={i} token={token} />
          ))}
          {'\n'}
        </pre>
        {onChange !== undefined && (
          <textarea
            className={classes.input}
            aria-label={label}
            value={text}
            spellCheck={false}
            autoCapitalize="none"
            autoComplete="off"
            wrap="off"
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        )}
      </div>
    </div>
  );
}

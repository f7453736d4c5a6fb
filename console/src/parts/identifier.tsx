// A dotted name of ours (a rule, a policy): breaks after its dots and lines where there is no room, not within a word.
import { Fragment, type ReactNode } from 'react';
import { OutsideText } from './outside-text.tsx';

export function Identifier({ name }: { readonly name: string }): ReactNode {
  return (
    <span className="mono">
      {name.split(/(?<=[._:-])/).map((part, i) => (
        <Fragment key={i}>
          {i > 0 && <wbr />}
          <OutsideText text={part} />
        </Fragment>
      ))}
    </span>
  );
}

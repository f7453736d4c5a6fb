// A key by its name, wherever only its id is known; whoever pulls at the machine itself is no key.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useApi } from '../api/query.ts';
import { OutsideText } from './outside-text.tsx';

export function KeyName({ id }: { readonly id: string }): ReactNode {
  const { data } = useApi('listKeys', {});
  const key = data?.keys.find((each) => each.id === id);
  if (key === undefined) {
    return (
      <span className="mono">
        <OutsideText text={id} />
      </span>
    );
  }
  return (
    <Link to="/keys/$id" params={{ id }}>
      <OutsideText text={key.name} />
    </Link>
  );
}

// A field for words that are searched for when its typist pauses.
import { TextInput } from '@mantine/core';
import { type ReactNode, useEffect, useEffectEvent, useState } from 'react';
import { Icon } from './icon.tsx';

/** A pause in typing, after which the search is made, milliseconds. */
const TYPED_MS = 300;

interface SearchFieldProps {
  readonly label: string;
  readonly placeholder: string;
  /** What is searched for now. */
  readonly text: string;
  readonly onSearch: (text: string) => void;
  readonly className?: string | undefined;
}

export function SearchField({ label, placeholder, text, onSearch, className }: SearchFieldProps): ReactNode {
  const [typed, setTyped] = useState(text);
  const search = useEffectEvent((words: string) => {
    const trimmed = words.trim();
    if (trimmed !== text) onSearch(trimmed);
  });
  useEffect(() => {
    const timer = window.setTimeout(() => search(typed), TYPED_MS);
    return () => window.clearTimeout(timer);
  }, [typed]);
  // The address changed by another way: the page was gone back to. What is being typed is not touched.
  const follow = useEffectEvent((words: string) => {
    if (words !== typed.trim()) setTyped(words);
  });
  useEffect(() => {
    follow(text);
  }, [text]);

  return (
    <TextInput
      data-search
      type="search"
      className={className}
      aria-label={label}
      placeholder={placeholder}
      maxLength={200}
      leftSection={<Icon name="search" />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

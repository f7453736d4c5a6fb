// Which rows of a long list are in sight: the rest is empty space of their height, so that any number costs the same.
import { type RefObject, useEffect, useState } from 'react';

interface RowWindow {
  readonly first: number;
  /** Exclusive. */
  readonly last: number;
}

/** Rows beyond the window's edges that are there already when they come into sight. */
const BEYOND = 12;

/**
 * @param list - the element that the rows are in, each of `rowHeight` CSS pixels
 * @param count - of all rows
 */
export function useRowWindow(list: RefObject<HTMLElement | null>, count: number, rowHeight: number): RowWindow {
  const [range, setRange] = useState({ first: 0, last: 60 });

  useEffect(() => {
    let frame = 0;
    const measure = (): void => {
      frame = 0;
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / rowHeight) - BEYOND);
      const last = Math.ceil((window.innerHeight - top) / rowHeight) + BEYOND;
      setRange((known) => (known.first === first && known.last === last ? known : { first, last }));
    };
    const later = (): void => {
      if (frame === 0) frame = requestAnimationFrame(measure);
    };
    measure();
    window.addEventListener('scroll', later, { passive: true });
    window.addEventListener('resize', later);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('scroll', later);
      window.removeEventListener('resize', later);
    };
  }, [list, rowHeight]);

  const first = Math.min(range.first, Math.max(0, count - 1));
  return { first, last: Math.max(first, Math.min(range.last, count)) };
}

// A point in time: local on the page, in UTC on hover, for machines in the element.
import { type ReactNode, useEffect, useState } from 'react';
import { formatDate, formatDistance, formatTime } from './format.ts';

interface TimeProps {
  readonly time: string;
  readonly as?: 'clock' | 'date' | 'distance';
}

/** How often a distance is said anew, milliseconds. */
const TICK_MS = 5_000;

/** The present, anew every so often while `ticking`. */
export function useNow(ms: number, ticking = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!ticking) return undefined;
    const timer = window.setInterval(() => setNow(Date.now()), ms);
    return () => window.clearInterval(timer);
  }, [ms, ticking]);
  return now;
}

function utcOf(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : `${date.toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

export function Time({ time, as = 'clock' }: TimeProps): ReactNode {
  const now = useNow(TICK_MS, as === 'distance');
  const text =
    as === 'date' ? formatDate(time) : as === 'clock' ? formatTime(time) : formatDistance(Date.parse(time) - now);
  return (
    <time dateTime={time} title={utcOf(time)} className="num nowrap">
      {text}
    </time>
  );
}

// Numbers, amounts and times as they are read.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

export const formatCount = (count: number): string => whole.format(count);

/** 12,345 as 12.3K: for axes and figures that are read at a glance. */
export const formatCompact = (count: number): string => (count < 10_000 ? whole.format(count) : compact.format(count));

export const formatShare = (share: number): string => percent.format(share);

/** What something adds or takes, with its sign: `+1.20`. */
export const formatWeight = (weight: number): string => `${weight < 0 ? '\u2212' : '+'}${Math.abs(weight).toFixed(2)}`;

/** US dollars x 10^-6 as dollars: two digits from a dollar up, and as many as tell small sums apart. */
export function formatCost(micros: number): string {
  const dollars = micros / 1e6;
  if (dollars === 0) return '$0';
  if (dollars < 0.0001) return '<$0.0001';
  const digits = dollars >= 1 ? 2 : dollars >= 0.01 ? 3 : 4;
  if (dollars >= 100_000) return `$${compact.format(dollars)}`;
  return `$${dollars.toLocaleString('en', { minimumFractionDigits: dollars >= 1 ? 2 : 0, maximumFractionDigits: digits })}`;
}

/** Milliseconds as the unit that suits. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0 ms';
  if (ms < 1) return '<1 ms';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  // Rounded before it is taken apart: the rest would be rounded up to 60 min and stay beside the hour.
  const [seconds, minutes, hours] = [1_000, 60_000, 3_600_000].map((unit) => Math.round(ms / unit)) as [number, number, number]; // prettier-ignore
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} KB`;
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

/** How far away, in words: `3 min ago`, `in 2 h`. */
export function formatDistance(ms: number): string {
  const past = ms < 0;
  const away = Math.abs(ms);
  const [count, unit] =
    away < 60_000
      ? [Math.round(away / 1_000), 's']
      : away < 3_600_000
        ? [Math.round(away / 60_000), 'min']
        : away < 172_800_000
          ? [Math.round(away / 3_600_000), 'h']
          : [Math.round(away / 86_400_000), 'd'];
  if (count === 0) return 'now';
  return past ? `${count} ${unit} ago` : `in ${count} ${unit}`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dateOnly = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

const isSameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString();

/** Local time of day; with its day, where that is not today. */
export function formatTime(time: string, now: Date = new Date()): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return isSameDay(date, now) ? clock.format(date) : dayAndClock.format(date);
}

export function formatDate(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : dateOnly.format(date);
}

/** An enumeration's member as words: `denied_input` as `denied input`. */
export const toWords = (name: string): string => name.replaceAll('_', ' ');

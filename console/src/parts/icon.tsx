// The icons, drawn for this console: 20 x 20, one stroke, the colour of the text beside them.
import type { ReactNode } from 'react';

const PATHS = {
  overview: 'M3 16.5h14M5 13v-3M8.5 13V6M12 13V8.5M15.5 13V4',
  traffic: 'M3 6.5h11m0 0-3-3m3 3-3 3M17 13.5H6m0 0 3-3m-3 3 3 3',
  approvals: 'M10 2.5 4 4.8v4.7c0 3.8 2.6 6.5 6 8 3.4-1.5 6-4.2 6-8V4.8zM7.3 9.8l2 2 3.5-3.8',
  key: 'M12.5 3.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8M9.6 10.4 3.5 16.5M5.5 14.5l1.7 1.7',
  policy: 'M5 2.8h7l3.5 3.5v10.9H5zM12 2.8v3.5h3.5M7.5 10h5M7.5 13h5',
  detector: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M13 13l4 4M9 6.5v2.7l1.8 1.3',
  model: 'M10 2.5 16.5 6v8L10 17.5 3.5 14V6zM3.5 6 10 9.5 16.5 6M10 9.5v8',
  tool: 'M12.5 3.2a4 4 0 0 0-4.7 5.3L3.2 13.1l3.7 3.7 4.6-4.6a4 4 0 0 0 5.3-4.7l-2.6 2.6-2.9-.8-.8-2.9z',
  pull: 'M10 3v9.5m0 0-3.5-3.5m3.5 3.5 3.5-3.5M3.5 13.5v3h13v-3',
  health: 'M2.5 10.5h3.2l2-5 3.6 9.5 2.2-6 1 1.5h3',
  people:
    'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2.5 16.5c.3-2.8 2.2-4.5 5-4.5s4.7 1.7 5 4.5M13 4a2.8 2.8 0 0 1 0 5.3M14.7 12.3c1.7.600 2.7 2.1 2.8 4.2',
  me: 'M10 10a3.3 3.3 0 1 0 0-6.6A3.3 3.3 0 0 0 10 10M3.8 17c.4-3 2.8-4.7 6.2-4.7s5.8 1.7 6.2 4.7',
  sun: 'M10 6.8a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4M10 2v1.8M10 16.2V18M2 10h1.8M16.2 10H18M4.3 4.3l1.3 1.3M14.4 14.4l1.3 1.3M15.7 4.3l-1.3 1.3M5.6 14.4l-1.3 1.3',
  moon: 'M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5',
  system: 'M3 4h14v9.5H3zM7.5 17h5M10 13.5V17',
  exit: 'M8 3.5H4v13h4M12.5 6.5 16 10l-3.5 3.5M16 10H8',
  check: 'M4 10.5l4 4 8-9',
  close: 'M5 5l10 10M15 5 5 15',
  copy: 'M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5z',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M13 13l4 4',
  pause: 'M7 4.5v11M13 4.5v11',
  play: 'M6.5 4v12l9-6z',
  plus: 'M10 4v12M4 10h12',
  more: 'M5 10h.01M10 10h.01M15 10h.01',
  warn: 'M10 3 2.5 16.5h15zM10 8v4M10 14.3v.01',
  info: 'M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M10 9v4.5M10 6.5v.01',
  right: 'M7.5 4.5 13 10l-5.5 5.5',
  down: 'M4.5 7.5 10 13l5.5-5.5',
  clock: 'M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M10 6v4.2l2.7 1.8',
  eye: 'M2 10s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5S2 10 2 10M10 7.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6',
  lock: 'M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  chain:
    'M8.5 11.5a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.7 2.7a3 3 0 0 0 4.3 4.3l1-1',
  refresh: 'M16 10a6 6 0 1 1-1.8-4.3M16 3v3.5h-3.5',
  keyboard: 'M2.5 5.5h15v9h-15zM5.5 8.5h.01M8.5 8.5h.01M11.5 8.5h.01M14.5 8.5h.01M6.5 11.5h7',
  flag: 'M5 17.5V3M5 3.8h9.5l-2 3.1 2 3.1H5',
  hand: 'M6.8 10V5.2a1.2 1.2 0 0 1 2.4 0V9M9.2 9V3.8a1.2 1.2 0 0 1 2.4 0V9M11.6 9V5.2a1.2 1.2 0 0 1 2.4 0v6.3c0 3.3-1.7 5.5-4.6 5.5-2.7 0-3.8-1.2-5.2-4.2l-.9-2c-.6-1.3 1-2.2 1.9-1.1L6.8 11.5',
  mask: 'M3 6.5h14v7H3zM6 10h2.5M11.5 10H14',
  ban: 'M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4M5 5l10 10',
  upstream: 'M10 16.5v-12M5 9l5-5 5 5M4 16.5h12',
  nodes:
    'M10 3a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4M4.8 12.6a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4M15.2 12.6a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4M9 7.2 5.9 12.8M11 7.2l3.1 5.6',
  menu: 'M3 6h14M3 10h14M3 14h14',
} as const;

export type IconName = keyof typeof PATHS;

/** Says nothing to a screen reader: the word is beside it, or on the control that it is in. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" fill="none" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

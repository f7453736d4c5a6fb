// A transcript that comes as plain text or as subtitles (SubRip, WebVTT): what is spoken is one text, however it is
// cut into lines, and the lines stay where they were.
import type { Edit, Span } from '../surface.ts';
import { applyChanges, toChanges } from './spans.ts';

const TIME = String.raw`(?:\d{1,4}:)?\d\d:\d\d[.,]\d{3}`;
const TIMING = new RegExp(`^${TIME} --> ${TIME}$`);

interface Line extends Partial<Span> {
  readonly text: string;
}

export interface Subtitles {
  readonly lines: readonly Line[];
  /** What is spoken: the lines joined with one space. */
  readonly spoken: string;
}

/** The number of a cue: one more than the last, before a timing. Any other number is read as something spoken. */
function isCueNumber(line: string, next: string | undefined, last: number | undefined): boolean {
  if (!/^\d{1,6}$/.test(line) || next === undefined || !TIMING.test(next)) return false;
  return last === undefined ? Number(line) <= 1 : Number(line) === last + 1;
}

export function parseSubtitles(text: string): Subtitles {
  const raw = text.split(/\r\n|\r|\n/);
  const lines: Line[] = [];
  let spoken = '';
  let last: number | undefined;
  raw.forEach((line, i) => {
    const isNumber = isCueNumber(line, raw[i + 1], last);
    if (isNumber) last = Number(line);
    if (isNumber || line === '' || TIMING.test(line) || (i === 0 && line === 'WEBVTT')) {
      lines.push({ text: line });
      return;
    }
    if (spoken !== '') spoken += ' ';
    lines.push({ text: line, start: spoken.length, end: spoken.length + line.length });
    spoken += line;
  });
  return { lines, spoken };
}

/** The subtitles with a change of what is spoken. */
export function redactSubtitles(text: string, edit: Edit): string {
  const { lines, spoken } = parseSubtitles(text);
  const changes = toChanges(spoken, edit);
  let after = 0;
  const changed = lines.map(({ text: line, start, end }) => {
    if (start === undefined || end === undefined) return line;
    const result = applyChanges(spoken, { start, end }, changes, after);
    after = end;
    return result;
  });
  return changed.join('\n');
}

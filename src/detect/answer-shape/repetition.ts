// Answers that go round in circles: the end of a text that is the same stretch over and over.

/** What is looked at: a loop goes on until the answer ends. */
const TAIL = 2400;
/** A stretch repeats so often, over so many characters at least, before it is a loop. */
const TIMES_LEAST = 6;
const LENGTH_LEAST = 320;
/** The end that is searched for further back. */
const PROBE = 24;

/** Letters of a stretch: rules, tables and padding repeat as they should. */
function hasWords(stretch: string): boolean {
  return (stretch.match(/[\p{L}]/gu)?.length ?? 0) >= Math.max(3, stretch.length / 4);
}

/** How far back from the end the text repeats itself every `period` characters. */
function repeatedLength(text: string, period: number): number {
  let length = period;
  for (let i = text.length - 1 - period; i >= 0 && text[i] === text[i + period]; i--) length++;
  return length;
}

/**
 * Where a loop starts that runs to the end of the text, and what repeats; undefined where there is none. Linear: the
 * period is the distance to the nearest place where the text's last characters stand before.
 */
export function findLoop(answer: string): { start: number; period: number } | undefined {
  if (answer.length < LENGTH_LEAST) return undefined;
  const end = answer.trimEnd().length;
  const base = Math.max(0, end - TAIL);
  const tail = answer.slice(base, end);
  if (tail.length < LENGTH_LEAST) return undefined;
  const probe = tail.slice(-PROBE);
  // The last round may have been cut off anywhere: the end recurs all the same.
  const before = tail.lastIndexOf(probe, tail.length - PROBE - 1);
  if (before === -1) return undefined;
  const period = tail.length - PROBE - before;
  const length = repeatedLength(tail, period);
  if (length < LENGTH_LEAST || length < period * TIMES_LEAST) return undefined;
  if (!hasWords(tail.slice(-period))) return undefined;
  return { start: base + tail.length - length, period };
}

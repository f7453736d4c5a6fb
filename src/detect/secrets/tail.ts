// How far a long secret (a private key's body, a token of a kilobyte) goes on beyond what its rule matched.
import { toPartialPattern } from '../partial.ts';

/** Longest tail followed, in folded characters: the body of an RSA key of 8192 bits and some. */
export const TAIL_MOST = 8192;

// Also what no token rule with a tail may have on its left, so that tails never overlap.
const TOKEN = /[A-Za-z0-9_.-]/;
// Between the lines of a key: line ends, also written out; quotes and joints of source code.
const JOINT = /(?:\\[rnt]|[\s"'+,\\]){0,24}/y;
const LABEL = /(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?[^\n\\"]{0,80}/y;
const BODY =
  /[A-Za-z0-9+/]{16,80}={0,2}|[A-Za-z0-9+/]{1,76}={1,2}|[A-Za-z0-9+/]{0,76}(?=(?:\\[rn]|[\s"'+,\\]){0,8}(?:=[A-Za-z0-9+/]{4}(?:\\[rn]|[\s"']){0,4})?-----END)/y;

/** End of a run of token characters from `at`. */
export function endOfToken(text: string, at: number): number {
  const most = Math.min(text.length, at + TAIL_MOST);
  let end = at;
  while (end < most && TOKEN.test(text[end]!)) end++;
  return end;
}

/** The last place at or before `at`, at most `TAIL_MOST` before, where no token or line of base64 goes on. */
export function breakBefore(text: string, at: number): number {
  let place = at;
  while (place > 0 && at - place < TAIL_MOST && /[A-Za-z0-9_.+/=-]/.test(text[place - 1]!)) place--;
  return place;
}

const STEP_OPEN = new RegExp(toPartialPattern(`${JOINT.source}(?:${LABEL.source}|${BODY.source})`), 'y');

function step(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

/** End of the line of a key's body, and of what joins it to the one before, or `at` where there is none. */
function endOfLine(text: string, at: number): number {
  const joint = step(JOINT, text, at);
  const label = step(LABEL, text, joint);
  const body = label > joint ? label : step(BODY, text, joint);
  return body === joint ? at : body;
}

/** End of the base64 body of a PEM key from `at` on (just behind the header), or `at` where there is none. */
export function endOfPem(text: string, at: number): number {
  let end = at;
  while (end - at < TAIL_MOST) {
    const next = endOfLine(text, end);
    if (next === end) break;
    end = next;
  }
  return Math.min(end, at + TAIL_MOST);
}

/** From where on later text may lengthen the tail that starts at `at`; undefined where none can. */
export function openTail(text: string, at: number, kind: 'token' | 'pem'): number | undefined {
  if (kind === 'token') {
    const end = endOfToken(text, at);
    return end === text.length ? end : undefined;
  }
  for (let end = at; end - at < TAIL_MOST;) {
    STEP_OPEN.lastIndex = end;
    if (STEP_OPEN.test(text)) return end;
    const next = endOfLine(text, end);
    if (next === end) return undefined;
    end = next;
  }
  return undefined;
}

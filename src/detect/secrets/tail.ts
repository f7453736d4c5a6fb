// How far a long secret (a private key's body, a token of a kilobyte) goes on beyond what its rule matched.

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

/** End of the base64 body of a PEM key from `at` on (just behind the header), or `at` where there is none. */
export function endOfPem(text: string, at: number): number {
  let end = at;
  const step = (pattern: RegExp, from: number): number => {
    pattern.lastIndex = from;
    return pattern.test(text) ? pattern.lastIndex : from;
  };
  while (end - at < TAIL_MOST) {
    const joint = step(JOINT, end);
    const label = step(LABEL, joint);
    const body = label > joint ? label : step(BODY, joint);
    if (body === joint) break;
    end = body;
  }
  return Math.min(end, at + TAIL_MOST);
}

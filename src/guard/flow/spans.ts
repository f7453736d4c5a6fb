// Spans that an application marks in the texts of messages: what it quotes of others, and what is the user's own. An opening mark names
// a value made for this span alone, and only a closing mark of the same value ends it: text within cannot know it.

/** How texts of users are read. */
export interface SpanSettings {
  /** Text in no span. */
  readonly userText: 'trusted' | 'untrusted';
  /** Whether a tag of a trusted span is the application's, of this id and text; without it none is. */
  readonly isVouched?: ((id: string, text: string, tag: string) => boolean) | undefined;
}

export interface Spans {
  /** What the speaker himself says, in order. */
  readonly own: readonly string[];
  /** What he passes on. */
  readonly passed: readonly string[];
}

const OPENING = /<(untrusted|trusted) id="([\w-]{16,64})"(?: tag="([0-9a-f]{64})")?>/g;
/** Ids of one conversation that are remembered; beyond them no span ends before its text does. */
const IDS_MOST = 10_000;

/**
 * Takes a text apart by its marks, in one pass.
 * @param ids - those that the conversation has used: by one that recurs no span ends. Grows.
 */
export function readSpans(text: string, { userText, isVouched }: SpanSettings, ids: Set<string>): Spans {
  const own: string[] = [];
  const passed: string[] = [];
  const plain = (piece: string): void => {
    if (piece.trim() !== '') (userText === 'trusted' ? own : passed).push(piece);
  };
  let at = 0;
  for (;;) {
    OPENING.lastIndex = at;
    const match = OPENING.exec(text);
    if (match === null) break;
    const [mark, kind, id, tag] = match as unknown as [string, 'trusted' | 'untrusted', string, string | undefined];
    plain(text.slice(at, match.index));
    const start = match.index + mark.length;
    const closing = `</${kind} id="${id}">`;
    const end = ids.has(id) || ids.size >= IDS_MOST ? -1 : text.indexOf(closing, start);
    if (ids.size < IDS_MOST) ids.add(id);
    const within = end < 0 ? text.slice(start) : text.slice(start, end);
    const isHis = kind === 'trusted' && end >= 0 && tag !== undefined && isVouched?.(id, within, tag) === true;
    if (isHis) {
      // What he passes on is his no more for being within his words.
      const his = readSpans(within, { userText: 'trusted' }, ids);
      own.push(...his.own);
      passed.push(...his.passed);
    } else if (within.trim() !== '') passed.push(within);
    if (end < 0) return { own, passed };
    at = end + closing.length;
  }
  plain(text.slice(at));
  return { own, passed };
}

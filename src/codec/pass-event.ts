// One event of a stream through a gate: the order in which held text, tool calls and the event itself go out.
import type { Release, StreamGate, StreamPiece, StreamReader, TextDelta } from './surface.ts';

/** What goes to the client in place of an event. After `cut` nothing more may be sent of the answer. */
export interface Passed {
  readonly out: string;
  readonly cut: boolean;
}

/**
 * Passes one piece through the gate. Text that an event ends goes out before it or within it, tool calls go out
 * whole before it, and nothing follows a cut: of the event that was cut only the text released before it.
 */
export function passEvent(reader: StreamReader, piece: StreamPiece, gate: StreamGate): Passed {
  let out = '';
  const ending = new Set(piece.ends);
  const together = (a: Release, b: Release): Release => ({
    text: a.text + b.text,
    ...(b.upTo !== undefined && { upTo: b.upTo }),
    redacted: [...(a.redacted ?? []), ...(b.redacted ?? [])],
    cut: b.cut === true,
  });
  // What this event would release, kept apart from the event: after a cut the event itself must not go out.
  const released: [key: string, release: Release][] = [];
  const cutShort = (): Passed => {
    for (const [key, release] of released)
      if (release.text !== '') out += reader.makeTextEvent(key, release.text, release);
    return { out, cut: true };
  };
  // A text may come in several pieces of one event: it ends after the last, or one text would be judged as two.
  const last = new Map<string, TextDelta>();
  for (const delta of piece.texts) if (delta.kind === 'text') last.set(delta.key, delta);
  for (const delta of piece.texts) {
    if (delta.kind === 'whole') {
      const answer = gate.whole(delta);
      if (answer.cut === true) return cutShort();
      if (answer.text !== delta.text) delta.put(answer.text);
      continue;
    }
    let release = gate.push(delta);
    if (release.cut !== true && last.get(delta.key) === delta && ending.delete(delta.key))
      release = together(release, gate.end(delta.key));
    released.push([delta.key, release]);
    if (release.cut === true) return cutShort();
    delta.put(release.text);
  }
  for (const key of ending) {
    const release = gate.end(key);
    if (release.text !== '') out += reader.makeTextEvent(key, release.text, release);
    if (release.cut === true) return cutShort();
  }
  for (const call of piece.toolCalls) {
    const { cut, note } = gate.toolCall(call);
    if (cut === true || (note !== undefined && reader.dropToolCall === undefined)) return cutShort();
    out += note === undefined ? reader.renderToolCall(call) : reader.dropToolCall!(call, note);
  }
  for (const [key, release] of released) reader.attach(piece, key, release);
  return { out: out + reader.encode(piece), cut: false };
}

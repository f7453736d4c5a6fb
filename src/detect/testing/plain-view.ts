// An identity view for tests: bounds are stated in folded characters, so tests of bounds fold nothing.
import type { DetectContext } from '../detector.ts';
import type { TextView } from '../view.ts';

/** A view whose folded form is the text itself, with no decoded layers. */
export function plainView(text: string): TextView {
  const lower = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return {
    original: text,
    folded: text,
    lower,
    toOriginal: (start, end) => [start, end],
    layers: () => [],
    layersCut: () => false,
  };
}

/** A context of an answer's text, with the given fields in place of the empty ones. */
export function testContext(fields: Partial<DetectContext> = {}): DetectContext {
  return {
    direction: 'output',
    channel: 'output',
    systemPrompts: [],
    canaries: [],
    knownHosts: new Set(),
    ...fields,
  };
}

// The texts encoded inside a text: every way to undo them, tried within bounds on depth, count and size.
import { undoBlobs, undoSpacedBytes } from './decode-blobs.ts';
import { readCiphers, undoReversed, undoReversedWords, undoRot13 } from './decode-cipher.ts';
import { undoEscapes } from './decode-escapes.ts';
import { undoHidden } from './decode-hidden.ts';
import type { Decoded } from './decode-piece.ts';
import { readSignals, undoLeet, undoMixedScript, undoSpacing } from './decode-spelling.ts';
import type { Layer, TextView } from './view.ts';

const MAX_DEPTH = 3;
const MAX_LAYERS = 32;
/** Decoded units in all: this many times the text, and this many besides. */
const SIZE_FACTOR = 4;
const SIZE_BASE = 65_536;
const MIN_SINGLES = 5;
const MIN_BYTES = 6;

export interface DecodedLayers {
  readonly layers: readonly Layer[];
  /** A bound was met: something encoded may have stayed undecoded. */
  readonly cut: boolean;
}

type ToSpan = (start: number, end: number) => readonly [number, number];

interface Node {
  readonly view: TextView;
  readonly via: readonly string[];
  /** Span of the outermost original that a span of the view's own original came from. */
  readonly originalToRoot: ToSpan;
}

const ESCAPE_KINDS = ['percent', 'html', 'escape'] as const;
const ANY = 'hidden homoglyph base64 hex percent html escape bytes spacing leet rot13 reversed';
/**
 * What is tried on a layer of each kind. Ways that can be undone in either order are tried in one order only: all
 * subsets of them would use up the bounds on texts that hide nothing.
 */
const AFTER: Readonly<Record<string, string>> = {
  homoglyph: 'spacing leet',
  spacing: 'base64 hex leet rot13 reversed',
  leet: 'rot13 reversed',
  rot13: 'base64 hex spacing leet reversed',
  reversed: 'base64 hex spacing leet',
  reversed_words: 'leet',
};

/** Every way of undoing that the view gives cause for. `raw` ones look at the original, the rest at the fold. */
function* undo(view: TextView, via: readonly string[]): Generator<readonly [string, Decoded | undefined, 'raw'?]> {
  const { original, folded } = view;
  const allowed = (AFTER[via.at(-1) ?? ''] ?? ANY).split(' ');
  if (original !== folded) {
    if (allowed.includes('hidden')) yield ['hidden', undoHidden(original), 'raw'];
    if (allowed.includes('homoglyph')) yield ['homoglyph', undoMixedScript(original), 'raw'];
  }
  if (allowed.includes('base64')) {
    const blobs = undoBlobs(folded);
    yield ['base64', blobs.base64];
    yield ['hex', blobs.hex];
  }
  for (const kind of ESCAPE_KINDS) if (allowed.includes(kind)) yield [kind, undoEscapes(folded, kind)];
  const signals = readSignals(folded);
  if (signals.bytes >= MIN_BYTES && allowed.includes('bytes')) yield ['bytes', undoSpacedBytes(folded)];
  if (signals.singles >= MIN_SINGLES && allowed.includes('spacing')) yield ['spacing', undoSpacing(folded)];
  if (signals.leet > 0 && allowed.includes('leet')) yield ['leet', undoLeet(folded)];
  if (!allowed.includes('reversed')) return;
  const ciphers = readCiphers(view.lower);
  if (ciphers.rot13 && allowed.includes('rot13')) yield ['rot13', undoRot13(folded)];
  if (ciphers.reversed) {
    yield ['reversed', undoReversed(folded)];
    yield ['reversed_words', undoReversedWords(folded)];
  }
}

function toRoot({ view, originalToRoot }: Node, start: number, end: number): readonly [number, number] {
  const inOriginal = view.toOriginal(start, end);
  return originalToRoot(inOriginal[0], inOriginal[1]);
}

function childOf(node: Node, name: string, decoded: Decoded, raw: boolean, view: TextView): Node {
  return {
    view,
    via: [...node.via, name],
    originalToRoot: (start, end) => {
      const inSource = decoded.toSource(start, end);
      return raw ? node.originalToRoot(inSource[0], inSource[1]) : toRoot(node, inSource[0], inSource[1]);
    },
  };
}

/**
 * All layers of a view, breadth first. Linear in the text for a fixed depth.
 * @param createView how a decoded text becomes a view (given, so that the two files do not import each other)
 */
export function decodeLayers(root: TextView, createView: (text: string) => TextView): DecodedLayers {
  const layers: Layer[] = [];
  const seen = new Set<string>([root.folded]);
  let room = root.folded.length * SIZE_FACTOR + SIZE_BASE;
  let cut = false;
  let front: Node[] = [{ view: root, via: [], originalToRoot: (start, end) => [start, end] }];
  for (let depth = 0; depth <= MAX_DEPTH && front.length > 0; depth++) {
    const next: Node[] = [];
    for (const node of front) {
      for (const [name, decoded, raw] of undo(node.view, node.via)) {
        if (decoded === undefined) continue;
        const view = createView(decoded.text);
        // What was hidden is told of even where a fold shows it too.
        if (seen.has(view.folded) && name !== 'hidden') continue;
        if (depth === MAX_DEPTH || layers.length >= MAX_LAYERS || view.folded.length > room) {
          cut = true;
          continue;
        }
        seen.add(view.folded);
        room -= view.folded.length;
        const child = childOf(node, name, decoded, raw === 'raw', view);
        layers.push({ via: child.via, text: view.folded, toOriginal: (start, end) => toRoot(child, start, end) });
        next.push(child);
      }
    }
    front = next;
  }
  return { layers, cut };
}

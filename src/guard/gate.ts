// Enforced streaming: what a client receives is what it would have received had the whole text been judged at
// once, cut at the block point, however the upstream splits its chunks (invariant 1).
import type { StageReport } from '../contract/index.ts';
import { type DetectContext, type Detector, type TextView, createView } from '../detect/index.ts';
import { type SpanFinding, judgeText } from './judge.ts';
import { type RuledSpan, clusterSpans, redactionMark } from './redact.ts';

/** New text is judged when this much of it has come, or when `PATIENCE_MS` have passed. */
const STRIDE = 64;
const PATIENCE_MS = 20;
/** A longer window is judged when an eighth of it is new, however long that takes. */
const LONG_WINDOW = 4096;
/** Judged text is dropped when this much more than the look-behind has gathered. */
const TRIM = 64;

/** What a gate lets go, and how far that is. Offsets are those of the gate's whole text. */
export interface GateRelease {
  readonly text: string;
  /** Everything before this offset of the original text has left, or was replaced. */
  readonly upTo: number;
  /** Spans of the original text that were replaced in this release. */
  readonly redacted: readonly { readonly start: number; readonly end: number }[];
  /** The text ends here: what follows was denied. */
  readonly cut: boolean;
}

/** Rules on what a gate finds. Offsets are those of the gate's whole text. */
export interface GateRuler {
  /** @param capped - the finding may only flag */
  rule(finding: SpanFinding, capped: boolean): RuledSpan;
  /** @returns whether the failure stops the text */
  fail(report: StageReport): boolean;
}

export interface GateOptions {
  readonly detectors: readonly Detector[];
  readonly context: DetectContext;
  readonly ruler: GateRuler;
  /** Hold everything until the end and let detectors of unbounded reach enforce too. */
  readonly whole: boolean;
  /** New text is judged when this many UTF-16 units of it have come; smaller is prompter and dearer. */
  readonly stride?: number;
}

const byPlace = (a: SpanFinding, b: SpanFinding): number =>
  a.start - b.start || a.end - b.end || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0);

/** The folded index from which on later text may still change what a detector finds. */
function openFrom(detector: Detector, view: TextView, context: DetectContext): number {
  const certain = Math.max(0, view.folded.length - detector.reach);
  return detector.openFrom === undefined ? certain : Math.max(certain, detector.openFrom(view, context));
}

/** The folded index before which a detector needs nothing to judge what starts at or after `from`. */
function neededFrom(detector: Detector, view: TextView, from: number): number {
  const certain = from - detector.lookbehind;
  return detector.neededFrom === undefined ? certain : Math.max(certain, detector.neededFrom(view, from));
}

/** Original offset of a folded index. */
function originalOffset(view: TextView, index: number): number {
  return index >= view.folded.length ? view.original.length : view.toOriginal(index, index + 1)[0];
}

/** Least folded index whose original offset is at or after `offset`. */
function foldedIndex(view: TextView, offset: number): number {
  let low = 0;
  let high = view.folded.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (originalOffset(view, middle) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * One text of a stream: pushed in as it comes, released when no later text can change what is to happen to it.
 * Offsets below are absolute, in the text as it came.
 */
export class TextGate {
  readonly #bounded: readonly Detector[];
  readonly #unbounded: readonly Detector[];
  readonly #options: GateOptions;
  /** Text not yet released, behind it what detectors need to see of the released. */
  #window = '';
  /** Offset of the window's first unit. */
  #base = 0;
  /** All text, for the detectors of unbounded reach. */
  #text = '';
  /** Everything before has left (or was redacted). */
  #released = 0;
  /** Every finding that starts before is known. */
  #settled = 0;
  #judged = 0;
  #judgedAt = 0;
  /** Enforced spans that are known but whose text has not left. */
  #open: RuledSpan[] = [];
  #denied = false;
  #replaced: { start: number; end: number }[] = [];

  constructor(options: GateOptions) {
    const applying = options.detectors.filter((each) =>
      each.appliesTo(options.context.channel, options.context.direction),
    );
    this.#options = options;
    this.#bounded = applying.filter((each) => options.whole || each.reach !== Infinity);
    this.#unbounded = options.whole ? [] : applying.filter((each) => each.reach === Infinity);
  }

  /** Whether the text was cut: nothing more is released. */
  get denied(): boolean {
    return this.#denied;
  }

  /** Whether text is held back. */
  get pending(): boolean {
    return this.#base + this.#window.length > this.#released;
  }

  /** Takes more text and returns what may leave now (often less, sometimes more than `text`). */
  push(text: string): GateRelease {
    return this.#toRelease(this.#push(text));
  }

  /** No more text comes: judges what is held and returns what may leave. */
  end(): GateRelease {
    if (this.#denied) return this.#toRelease('');
    const released = this.#advance(true);
    if (!this.#denied && this.#text.length > 0) this.#judgeWhole();
    return this.#toRelease(released);
  }

  #toRelease(text: string): GateRelease {
    const redacted = this.#replaced;
    if (redacted.length > 0) this.#replaced = [];
    return { text, upTo: this.#released, redacted, cut: this.#denied };
  }

  #push(text: string): string {
    if (this.#denied || text.length === 0) return '';
    if (this.#unbounded.length > 0) this.#text += text;
    if (this.#bounded.length === 0 && !this.#options.whole) {
      this.#base += text.length;
      this.#released = this.#base;
      return text;
    }
    this.#window += text;
    if (this.#options.whole) return '';
    const fresh = this.#end - this.#judged;
    const now = performance.now();
    // What is held for long is judged ever more rarely: the work stays in proportion to the text.
    const long = this.#window.length > LONG_WINDOW;
    const stride = long ? this.#window.length >> 3 : (this.#options.stride ?? STRIDE);
    if (fresh < stride && (long || now - this.#judgedAt < PATIENCE_MS)) return '';
    this.#judgedAt = now;
    return this.#advance(false);
  }

  get #end(): number {
    return this.#base + this.#window.length;
  }

  #advance(final: boolean): string {
    const view = createView(this.#window);
    const { findings, failures } = judgeText(this.#bounded, this.#window, this.#options.context, view);
    this.#judged = this.#end;
    for (const failure of failures) {
      if (this.#options.ruler.fail(failure)) {
        this.#denied = true;
        return '';
      }
    }
    let boundary = this.#end;
    if (!final) {
      let index = view.folded.length;
      for (const detector of this.#bounded) {
        index = Math.min(index, openFrom(detector, view, this.#options.context));
      }
      boundary = Math.max(this.#settled, this.#base + originalOffset(view, index));
    }
    this.#settle(findings, boundary, final);
    const released = this.#release(boundary, final);
    this.#trim(view);
    return released;
  }

  /** Rules on the findings that start before `boundary` and were not known before. */
  #settle(findings: readonly SpanFinding[], boundary: number, final: boolean): void {
    const fresh = findings.filter(({ start }) => {
      const at = start + this.#base;
      return at >= this.#settled && (final || at < boundary);
    });
    for (const finding of [...fresh].sort(byPlace)) {
      this.#open.push(
        this.#options.ruler.rule(
          { ...finding, start: finding.start + this.#base, end: finding.end + this.#base },
          false,
        ),
      );
    }
    this.#settled = boundary;
  }

  /** Lets text up to `boundary` leave, but for clusters that later findings may still join. */
  #release(boundary: number, final = false): string {
    let out = '';
    let limit = boundary;
    let done = 0;
    const clusters = clusterSpans(this.#open);
    for (const cluster of clusters) {
      if (!final && cluster.end >= boundary) {
        limit = cluster.start;
        break;
      }
      out += this.#slice(this.#released, cluster.start);
      this.#released = Math.max(this.#released, cluster.start);
      if (cluster.denied) {
        this.#denied = true;
        return out;
      }
      out += redactionMark(cluster.rule);
      this.#replaced.push({ start: cluster.start, end: cluster.end });
      this.#released = cluster.end;
      done++;
    }
    const kept = clusters[done];
    this.#open = kept === undefined ? [] : this.#open.filter((span) => span.start >= kept.start);
    out += this.#slice(this.#released, limit);
    this.#released = Math.max(this.#released, limit);
    return out;
  }

  #slice(from: number, to: number): string {
    return to <= from ? '' : this.#window.slice(from - this.#base, to - this.#base);
  }

  #trim(view: TextView): void {
    if (this.#options.whole) return;
    const from = foldedIndex(view, this.#released - this.#base);
    let index = from;
    for (const detector of this.#bounded) index = Math.min(index, neededFrom(detector, view, from));
    if (index <= 0) return;
    const excess = originalOffset(view, index);
    if (excess < TRIM) return;
    this.#window = this.#window.slice(excess);
    this.#base += excess;
  }

  /** What only the whole text shows is flagged: it has left already. */
  #judgeWhole(): void {
    const { findings, failures } = judgeText(this.#unbounded, this.#text, this.#options.context);
    for (const finding of [...findings].sort(byPlace)) this.#options.ruler.rule(finding, true);
    for (const failure of failures) this.#options.ruler.fail(failure);
  }
}

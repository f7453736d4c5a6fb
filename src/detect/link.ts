// Exfiltration links: addresses in a text that carry data to a host the user never named.
import type { Severity, TextFinding } from '../contract/index.ts';
import type { DetectContext, Detector } from './detector.ts';
import { maskEvidence } from './evidence.ts';
import { carrierBefore, type Carrier } from './link-carrier.ts';
import { judgeUrl, type UrlTraits } from './link-url.ts';
import { leastOpen, settledText, type SettledText } from './open-end.ts';
import type { TextView } from './view.ts';

/** Longest address judged; one that goes on is found for its length alone. */
export const URL_MOST = 240;
/** How far before an address the markup around it is looked for. */
const LOOKBEHIND = 160;

const COLON = 58;
const LETTER_P = 112;
const LETTER_S = 115;
const SCHEME = /(?:https?|wss?|ftps?)$/;
// Browsers take any number of slashes, either way round, and none.
const SLASHES = /[/\\]{0,40}(?=[^\s/\\])/y;

/** Longest address in brackets, and one more. */
const BRACKET_MOST = 48;

interface Place {
  /** Where the address starts, scheme included. */
  readonly at: number;
  /** Where its host starts. */
  readonly host: number;
}

/** Every place where an address starts: behind a scheme, or at two slashes in markup. */
function placesOf(lower: string, from = 0): Place[] {
  const places: Place[] = [];
  const gate = /[:/\\]/g;
  gate.lastIndex = from;
  for (let hit = gate.exec(lower); hit !== null; hit = gate.exec(lower)) {
    const index = hit.index;
    if (lower.charCodeAt(index) === COLON) {
      // Most colons stand behind no scheme: its last letter is p or s.
      const last = lower.charCodeAt(index - 1);
      if (last !== LETTER_P && last !== LETTER_S) continue;
      const scheme = SCHEME.exec(lower.slice(Math.max(0, index - 6), index))?.[0];
      if (scheme === undefined || /[a-z]/.test(lower[index - scheme.length - 1] ?? ' ')) continue;
      SLASHES.lastIndex = index + 1;
      const slashes = SLASHES.exec(lower)?.[0];
      const needsTwo = !scheme.startsWith('http');
      if (slashes === undefined || (needsTwo && slashes.length < 2)) continue;
      places.push({ at: index - scheme.length, host: index + 1 + slashes.length });
    } else if (/[/\\]/.test(lower[index + 1] ?? ' ') && (index === 0 || /[("'=<\s]/.test(lower[index - 1]!))) {
      if (/[a-z0-9[]/.test(lower[index + 2] ?? ' ')) places.push({ at: index, host: index + 2 });
    }
  }
  return places;
}

// What ends an address in HTML and prose; Markdown lets more of it stand.
const URL_END = /[\s<>"'`|^\]\u0000-\u001f]/;
const MARKDOWN_BEFORE = /\]\(\s{0,4}<?$/;
const MARKDOWN_END = /[\s<>\u0000-\u001f]/;

/** Where the address that goes on at `from` ends, at most `most`. Brackets that it opens itself are of it. */
function endOfUrl(text: string, from: number, most: number, isMarkdown: boolean): number {
  const stop = isMarkdown ? MARKDOWN_END : URL_END;
  let open = 0;
  let end = from;
  if (text[end] === '[') {
    const close = text.slice(end, Math.min(most, end + BRACKET_MOST)).indexOf(']');
    if (close > 0) end += close + 1;
  }
  for (; end < most; end++) {
    const character = text[end]!;
    if (stop.test(character)) break;
    if (character === '(') open++;
    else if (character === ')' && open-- === 0) break;
  }
  return end;
}

const TECHNIQUES = ['LLM02:2025', 'AML.T0077'];

/** How bad: what loads by itself is worse than what must be clicked, and that worse than bare text. */
const LEVELS: Readonly<Record<Carrier, readonly [severity: Severity, score: number]>> = {
  loads: ['high', 0.9],
  definition: ['medium', 0.6],
  link: ['medium', 0.55],
  text: ['low', 0.4],
};

function levelOf(carrier: Carrier, traits: UrlTraits): readonly [Severity, number] | undefined {
  if (traits.disguised) return carrier === 'text' ? ['medium', 0.6] : ['high', 0.85];
  if (traits.carries) return LEVELS[carrier];
  if (traits.address) return carrier === 'loads' ? ['medium', 0.6] : ['low', 0.4];
  return carrier === 'loads' ? ['low', 0.3] : undefined;
}

function judgeAt(view: TextView, at: number, schemeEnd: number, context: DetectContext): TextFinding | undefined {
  const text = view.folded;
  const most = Math.min(text.length, at + URL_MOST);
  const before = view.lower.slice(Math.max(0, at - LOOKBEHIND), at);
  const carrier = carrierBefore(before);
  let end = endOfUrl(text, schemeEnd, most, MARKDOWN_BEFORE.test(before));
  const isWhole = end < at + URL_MOST;
  // A sentence's own full stop or comma is not of a bare address.
  while (carrier === 'text' && end > schemeEnd && /[.,;:!?]/.test(text[end - 1]!)) end--;
  const traits = judgeUrl(text.slice(schemeEnd, end), isWhole);
  if (traits === undefined || (context.knownHosts.has(traits.host) && !traits.disguised)) return undefined;
  if (context.knownHosts.has(traits.host.replace(/^www\./, '')) && !traits.disguised) return undefined;
  const level = levelOf(carrier, traits);
  if (level === undefined) return undefined;
  const [start, stop] = view.toOriginal(at, end);
  return {
    rule: `exfiltration.${carrier === 'loads' ? 'auto_load' : carrier}`,
    class: 'exfiltration',
    severity: level[0],
    score: level[1],
    start,
    end: stop,
    evidence: `${traits.why}: ${maskEvidence(text.slice(at, end))}`,
    techniques: TECHNIQUES,
  };
}

/** The beginning of an address whose host has not come: of a scheme, of its slashes, of two slashes in markup. */
const BEGINNING =
  /(?:(?<![a-z])(?:h(?:t(?:t(?:ps?)?)?)?|w(?:ss?)?|f(?:t(?:ps?)?)?|(?:https?|wss?|ftps?):[/\\]{0,40})|(?<=^|[("'=<\s])[/\\]{1,2})$/;
/** A scheme with its slashes, the longest beginning. */
const BEGINNING_MOST = 48;

/** Where an address that is still being written starts; the text's end where none is. */
function openFrom({ folded, lower, length }: SettledText): number {
  const tail = Math.max(0, length - BEGINNING_MOST);
  let open = tail + (BEGINNING.exec(lower.slice(tail, length))?.index ?? length - tail);
  // A slash that the slice begins with stands behind something.
  if (open === tail && tail > 0) open = length;
  const least = leastOpen(length, URL_MOST);
  // From a few characters further back, as the colon stands behind its scheme.
  for (const { at, host } of placesOf(lower, least)) {
    if (at < least || at >= open || host > length) continue;
    const before = lower.slice(Math.max(0, at - LOOKBEHIND), at);
    const isBracketed = folded[host] === '[' && length < host + BRACKET_MOST;
    if (isBracketed || endOfUrl(folded, host, length, MARKDOWN_BEFORE.test(before)) === length) return at;
  }
  return open;
}

/** Links and images whose address takes data along, in answers and in what tools and documents bring. */
export const linkDetector: Detector = {
  id: 'link',
  version: '1',
  classes: ['exfiltration'],
  reach: URL_MOST + 2,
  lookbehind: LOOKBEHIND + 2,
  usesContext: true,
  appliesTo: (channel, direction) =>
    direction === 'output' || channel === 'document' || channel === 'tool_result' || channel === 'tool_description',
  openFrom: (view) => openFrom(settledText(view)),
  inspect(view, context) {
    const findings: TextFinding[] = [];
    for (const { at, host } of placesOf(view.lower)) {
      const found = judgeAt(view, at, host, context);
      if (found !== undefined) findings.push(found);
    }
    return findings;
  },
};

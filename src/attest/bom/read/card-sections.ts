// What a model card says in words: sections by their heading, and the lines `- **Key:** value` of the Hub's template.
import type { FactBook } from '../fact-book.ts';
import type { ConsiderationKind } from '../facts.ts';

/** Which heading speaks of what. One may speak of several things: "Bias, Risks, and Limitations". */
const HEADINGS: readonly (readonly [pattern: RegExp, kind: ConsiderationKind])[] = [
  [/\bintended users?\b|^users?$/, 'users'],
  [/^uses?$|\b(?:intended|direct|downstream|primary) uses?\b|\buse cases?\b/, 'useCases'],
  [/\blimitations?\b|\bout[- ]of[- ]scope\b/, 'technicalLimitations'],
  [/\btrade-?offs?\b/, 'performanceTradeoffs'],
  [/\bethic(?:s|al)\b|\bbias(?:es)?\b|\brisks?\b|\bfairness\b/, 'ethicalConsiderations'],
  [/\benvironmental\b|\bcarbon\b/, 'environment'],
  [/^training(?: (?:data|details?|procedures?|hyperparameters))?$/, 'training'],
];

/** The template's lines. */
const LINES: Readonly<Record<string, (value: string, book: FactBook) => void>> = {
  'developed by': (value, book) => book.say('supplier', value),
  'model type': (value, book) => book.property('model-type', value),
  'language(s) (nlp)': (value, book) => book.property('languages', value),
  'funded by': (value, book) => book.property('funded-by', value),
  'shared by': (value, book) => book.property('shared-by', value),
  repository: (value, book) => book.reference('vcs', firstUrl(value)),
  paper: (value, book) => book.reference('documentation', firstUrl(value)),
  demo: (value, book) => book.reference('website', firstUrl(value)),
  'hardware type': (value, book) => book.property('co2-hardware', value),
  'carbon emitted': (value, book) => book.property('co2-emitted', value),
};
const MOST_LINE = 2000;

const firstUrl = (text: string): string | undefined => /https?:\/\/[^\s)>\]"']{1,4000}/.exec(text)?.[0];

/** The text without comments of HTML; an open one takes the rest with it, as in a browser. */
function withoutComments(text: string): string {
  const pieces: string[] = [];
  for (let at = 0; ;) {
    const open = text.indexOf('<!--', at);
    pieces.push(text.slice(at, open === -1 ? undefined : open));
    const close = open === -1 ? -1 : text.indexOf('-->', open + 4);
    if (close === -1) return pieces.join('');
    at = close + 3;
  }
}

interface Section {
  readonly level: number;
  readonly heading: string;
  readonly lines: string[];
}

function sectionsOf(body: string): Section[] {
  const sections: Section[] = [{ level: 0, heading: '', lines: [] }];
  let fence = '';
  for (const whole of withoutComments(body).split('\n')) {
    const line = whole.slice(0, MOST_LINE);
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1];
    if (mark !== undefined && (fence === '' || fence === mark)) fence = fence === '' ? mark : '';
    const heading = fence === '' ? /^(#{1,6})[ \t]+(.{1,200})/.exec(line) : null;
    if (heading === null) sections.at(-1)!.lines.push(line);
    else
      sections.push({
        level: heading[1]!.length,
        heading: heading[2]!.replace(/[#*_`:\s]+$/, '').replace(/^[*_`\s]+/, ''),
        lines: [],
      });
    if (sections.length > 2000) break;
  }
  return sections;
}

/** The first paragraph that is prose: no picture, table, list, quotation or markup. */
function firstParagraph(lines: readonly string[]): string {
  const paragraphs = lines
    .slice(0, 400)
    .join('\n')
    .split(/\n[ \t]{0,20}\n/);
  return (
    paragraphs
      .map((each) => each.trim())
      .find((each) => /^[\p{L}\p{N}"'*_[]/u.test(each) && !/^(?:\[!|[*_]\s|\d+\.\s)/.test(each)) ?? ''
  );
}

function readLine(line: string, book: FactBook): void {
  const match = /^[ \t]{0,8}[-*][ \t]{1,8}\*\*([^*]{1,80})\*\*[ \t:]{0,4}(.{1,2000})/.exec(line);
  // What was cut is not what was written.
  if (match === null || line.length >= MOST_LINE) return;
  const key = match[1]!
    .toLowerCase()
    .replace(/\[optional\]/g, '')
    .replace(/[:\s]+$/, '')
    .trim();
  // Of a link its text, except where an address is what is wanted.
  const value =
    firstUrl(match[2]!) !== undefined && /^(?:repository|paper|demo)$/.test(key)
      ? match[2]!
      : match[2]!.replace(/\[([^\]]{1,200})\]\([^)]{0,500}\)/g, '$1');
  if (Object.hasOwn(LINES, key)) LINES[key]!(value, book);
}

/** Reads the body of a model card. */
export function readSections(body: string, book: FactBook): void {
  const sections = sectionsOf(body);
  const described = sections.find(({ heading }) => /^(?:model )?(?:description|summary|overview)$/i.test(heading));
  const opening = sections.find(({ level, lines }) => level < 2 && firstParagraph(lines) !== '');
  const description = firstParagraph(described?.lines ?? []) || firstParagraph(opening?.lines ?? []);
  // The template's own sentence says nothing of the model.
  if (!/^this modelcard aims to be/i.test(description)) book.say('description', description);
  for (const { heading, lines } of sections) {
    const about = heading.toLowerCase();
    for (const [pattern, kind] of HEADINGS) if (pattern.test(about)) book.consider(kind, lines.join('\n'));
    for (const line of lines) readLine(line, book);
  }
}

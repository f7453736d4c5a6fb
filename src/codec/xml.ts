// XML of other people's services, read within bounds: elements and their text. No DTD, so that nothing can be defined, and no
// names of namespaces: what is read here tells its elements apart by their local names.
import { AncileError } from '../base/index.ts';

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** All text within, as far as it is not in elements of its own. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

export interface XmlOptions {
  /** What is read, for the message: "the listing". */
  readonly what: string;
  /** Default 20. */
  readonly maxDepth?: number;
  /** Default 200,000. */
  readonly maxElements?: number;
}

interface Open {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const START = /^([A-Za-z_][\w.:-]{0,200})((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)$/;
const END = /^\/([A-Za-z_][\w.:-]{0,200})\s*$/;
const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** `undefined` for a reference to what was never defined. */
function decodeText(text: string): string | undefined {
  let ok = true;
  const decoded = text.replace(/&([^;&]{0,12});?/g, (whole, name: string) => {
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name) ?? [];
    const point = hex !== undefined ? parseInt(hex, 16) : decimal !== undefined ? Number(decimal) : undefined;
    const known = whole.endsWith(';') && Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
    if (known !== undefined) return known;
    if (point !== undefined && point > 0 && point <= 0x10ffff && whole.endsWith(';'))
      return String.fromCodePoint(point);
    ok = false;
    return '';
  });
  return ok ? decoded : undefined;
}

/** Where a piece of markup at `at` (its `<`) ends, and what stands in it. */
function readMarkup(
  text: string,
  at: number,
): { end: number; kind: 'tag' | 'text' | 'none'; inner: string } | undefined {
  const until = (mark: string, from: number): number => text.indexOf(mark, from);
  if (text.startsWith('<!--', at)) {
    const end = until('-->', at + 4);
    return end === -1 ? undefined : { end: end + 3, kind: 'none', inner: '' };
  }
  if (text.startsWith('<![CDATA[', at)) {
    const end = until(']]>', at + 9);
    return end === -1 ? undefined : { end: end + 3, kind: 'text', inner: text.slice(at + 9, end) };
  }
  if (text.startsWith('<?', at)) {
    const end = until('?>', at + 2);
    return end === -1 ? undefined : { end: end + 2, kind: 'none', inner: '' };
  }
  if (text.startsWith('<!', at)) return undefined;
  const end = until('>', at + 1);
  return end === -1 || end - at > 5000 ? undefined : { end: end + 1, kind: 'tag', inner: text.slice(at + 1, end) };
}

/**
 * The root element of a document. Attributes are passed over.
 * @throws AncileError `upstream_malformed` for what is no XML, declares anything, or goes past a bound
 */
export function parseXml(bytes: Uint8Array, { what, maxDepth = 20, maxElements = 200_000 }: XmlOptions): XmlElement {
  const fail = (): never => {
    throw new AncileError('upstream_malformed', `${what} is not plain XML`);
  };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return fail();
  }
  const top: Open = { name: '', text: '', children: [] };
  const stack: Open[] = [top];
  let elements = 0;
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('<', at);
    const plain = text.slice(at, next === -1 ? text.length : next);
    const here = stack.at(-1)!;
    here.text += decodeText(plain) ?? fail();
    if (next === -1) break;
    const markup = readMarkup(text, next) ?? fail();
    at = markup.end;
    if (markup.kind === 'text') here.text += markup.inner;
    if (markup.kind !== 'tag') continue;
    const closing = END.exec(markup.inner);
    if (closing !== null) {
      if (stack.length === 1 || localName(closing[1]!) !== here.name) fail();
      stack.pop();
      continue;
    }
    const opening = START.exec(markup.inner) ?? fail();
    if (++elements > maxElements || stack.length > maxDepth) fail();
    const element: Open = { name: localName(opening[1]!), text: '', children: [] };
    here.children.push(element);
    if (opening[3] === '') stack.push(element);
  }
  const [root] = top.children;
  if (stack.length !== 1 || root === undefined || top.children.length !== 1 || top.text.trim() !== '') return fail();
  return root;
}

/** The text of the first child of a name. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

/** Text as it stands in an element or attribute. What XML cannot hold becomes `?`. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
    .replace(/[&<>"'\r]/g, (c) => `&#${c.charCodeAt(0)};`);
}

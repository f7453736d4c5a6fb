// XML that describes models: entities and document types from elsewhere, and what formats of it can load.
// Source: XML 1.0, 4.2.2 (external entities); OWASP, "XML External Entity Prevention"; OpenVINO, "IR and operation sets".
import type { Format, Look } from '../../format.ts';
import { readHead } from '../../source.ts';
import { lookAtText } from '../active-text.ts';
import { escapes, whyOutside } from '../path.ts';
import { operationByName, reportOperation } from './operations.ts';
import { expandedSize } from './xml-entities.ts';

/** A document type stands at the beginning; layers of OpenVINO take a megabyte or two. */
const MOST = 8 << 20;
const MOST_TYPE = 1 << 20;
/** Characters that entities may grow to. */
const MOST_EXPANDED = 1 << 20;
const ENTITY = /<!ENTITY\s+(%\s*)?([\w:.-]{1,100})\s+(SYSTEM|PUBLIC)\b/gi;
/** Document types that browsers and editors know by heart. */
const HARMLESS_TYPE = /^<!DOCTYPE\s+(html|svg|plist)\b/i;
/** Encodings that every reader of XML has. */
const ENCODING = /^\ufeff?<\?xml[^<]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']/i;
const ORDINARY =
  /^(utf-?8|utf-?16(le|be)?|(us-)?ascii|iso-?8859-\d+|latin-?\d|windows-125\d|cp125\d|gb\w+|big5|shift_?jis|euc-\w+|koi8-\w)$/i;
const LAYER = /<layer\b[^<]{0,2000}?\stype\s*=\s*["']([^"']{1,200})["']/gi;
const LIBRARY =
  /<(?:extensions?|library|plugin|custom_?layer|kernel)\b[^<]{0,1000}?\s(?:path|location|file|src|library)\s*=\s*["']([^"']{1,500})["']/i;
const DATA = /<data\b[^<]{0,4000}?>/gi;

interface Sign {
  readonly pattern: RegExp;
  readonly what: string;
}

/** What readers of XML follow besides entities: the place that is named is the last group. */
const FOLLOWED: readonly Sign[] = [
  { pattern: /<(?:\w+:)?include\b[^<]{0,1000}?\shref\s*=\s*["']([^"']{1,500})["']/i, what: 'includes another file' },
  { pattern: /<\?xml-stylesheet\b[^<]{0,1000}?\shref\s*=\s*["']([^"']{1,500})["']/i, what: 'takes a stylesheet' },
  { pattern: /<xsl:(?:import|include)\b[^<]{0,500}?\shref\s*=\s*["']([^"']{1,500})["']/i, what: 'takes a stylesheet' },
  { pattern: /\bdocument\(\s*["']([^"']{1,500})["']/i, what: 'reads another document' },
];
/** What stylesheets and evaluators of PMML run. */
const CODE: readonly RegExp[] = [
  /\bxmlns:\w+\s*=\s*["'](?:xalan:\/\/|java:|(?:https?:\/\/)?(?:xml\.apache\.org\/(?:xalan\/java|xslt\/java)|saxon\.sf\.net\/java-type|www\.oracle\.com\/XSL\/Transform\/java))[^"']{0,200}/i,
  /<(?:msxsl|xalan|lxslt):script\b|urn:schemas-microsoft-com:xslt/i,
  /<Apply\b[^<]{0,300}?\sfunction\s*=\s*["'](?:java|javax|sun|jdk|groovy|bsh|org\.mvel2?|ognl)[.:][\w.$]{1,200}/i,
  /<(?:\w+:)?script\b[^<]{0,300}>/i,
];

function decode(bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || second === 0) return bytes.toString('utf16le');
  if (first === 0xfe || first === 0)
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString('utf16le');
  return bytes.toString('utf8');
}

function withoutComments(text: string): string {
  let plain = '';
  let at = 0;
  for (let open = text.indexOf('<!--'); open !== -1; open = text.indexOf('<!--', at)) {
    const close = text.indexOf('-->', open + 4);
    const end = close === -1 ? text.length : close + 3;
    plain += text.slice(at, open) + ' '.repeat(end - open);
    at = end;
  }
  return plain + text.slice(at);
}

/** The document type: from elsewhere, or of entities that are, or that grow without bounds. */
function lookAtType(text: string, look: Look): void {
  // In comments nothing is declared; they keep their length.
  const start = withoutComments(text.slice(0, MOST_TYPE));
  const at = start.search(/<!DOCTYPE\s/i);
  if (at === -1) return;
  const type = start.slice(at);
  const external = type.slice(0, type.search(/[[>]|$/));
  if (/\s(?:SYSTEM|PUBLIC)\s/i.test(external) && !HARMLESS_TYPE.test(external)) {
    look.report('xml.external', {
      message: `the document type is taken from elsewhere: ${external.replace(/\s+/g, ' ')}`,
      capability: 'file',
      offset: at,
    });
  }
  for (const entity of type.matchAll(ENTITY)) {
    const from = at + entity.index;
    look.report('xml.external', {
      message: `the entity ${entity[2]} is taken from elsewhere: ${text.slice(from, from + 200)}`,
      capability: 'file',
      offset: from,
    });
  }
  const size = expandedSize(type, text.slice(at));
  if (size > MOST_EXPANDED) {
    look.report('xml.expansion', {
      message: size === Infinity ? 'an entity holds itself' : `entities grow to ${size} characters`,
      capability: 'exhaust',
      offset: at,
    });
  }
}

function lookAtOpenvino(text: string, look: Look): void {
  const told = new Set<string>();
  for (const { 1: type = '', index } of text.matchAll(LAYER)) {
    look.budget.step();
    const operation = told.has(type) ? undefined : operationByName(type);
    told.add(type);
    if (operation !== undefined)
      reportOperation('openvino.layer', `the layer of the type ${type}`, operation, [], index, look);
  }
  const library = LIBRARY.exec(text);
  if (library !== null) {
    look.report('openvino.layer', {
      message: `loads the library ${library[1]}`,
      capability: 'native',
      offset: library.index,
    });
  }
  for (const { 0: data, index } of text.matchAll(DATA)) {
    look.budget.step();
    const wrong = ['offset', 'size']
      .map((name) => new RegExp(`\\s${name}\\s*=\\s*["']([^"']{0,100})["']`).exec(data)?.[1])
      // Of other layers these are lists, or words.
      .find((value) => value !== undefined && (/^\s*-\d{2,}\s*$/.test(value) || /^\s*\d{16,}\s*$/.test(value)));
    if (wrong !== undefined && /\selement_type\s*=/.test(data)) {
      look.report('openvino.malformed', { message: `numbers lie at, or take, ${wrong} bytes`, offset: index });
    }
  }
}

export const XML: Format = {
  id: 'xml',
  match: ({ text }) => {
    // UTF-16 hides from whoever looks for letters.
    const plain = text.replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '').replaceAll('\0', '');
    const start = plain.replace(/^(?:\s{0,200}<!--[^]{0,3000}?-->){1,20}/, '').slice(0, 500);
    return /^\s*(<\?xml[\s-]|<!DOCTYPE\s+(?!html)|<(net|PMML|mlmodel)\b)/i.test(start) ? 'sure' : false;
  },
  scan(source, look) {
    if (source.size > MOST) look.unseen(`only the first ${MOST >> 20} MB of the XML are read`);
    const text = decode(Buffer.from(readHead(source, MOST)));
    look.budget.step(text.length >> 4);
    const encoding = ENCODING.exec(text)?.[1];
    if (encoding !== undefined && !ORDINARY.test(encoding)) look.unseen(`the encoding ${encoding} is not read`);
    lookAtType(text, look);
    for (const { pattern, what } of FOLLOWED) {
      const found = pattern.exec(text);
      const why = found === null ? undefined : whyOutside(found[1]!);
      if (why === undefined) continue;
      look.report('xml.external', {
        message: `${what} from ${found![1]}: ${why}`,
        capability: escapes(found![1]!) ?? 'file',
        offset: found!.index,
      });
    }
    const isPmml = /<(?:\w+:)?PMML\b/.test(text);
    const isNet = /<net\b/.test(text);
    const isSheet = /<xsl:(?:stylesheet|transform|template)\b/.test(text);
    for (const pattern of isPmml || isSheet || isNet ? CODE : []) {
      const found = pattern.exec(text);
      if (found === null) continue;
      look.report('xml.code', { message: `runs code: ${found[0]}`, capability: 'execute', offset: found.index });
    }
    if (isNet) lookAtOpenvino(text, look);
    // Entities have rules of their own.
    const root = isPmml || isNet ? withoutComments(text).search(/<(?:\w+:)?(?:PMML|net)\b/) : -1;
    if (root !== -1) lookAtText(text.slice(root), root, 'graph.active', 'the text', look);
    if (isPmml) return 'pmml';
    return /<net\b[^<]{0,2000}?\sversion\b/.test(text) ? 'openvino' : undefined;
  },
};

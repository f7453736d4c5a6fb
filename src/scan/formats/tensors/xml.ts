// XML that describes models: entities and document types from elsewhere, and what formats of it can load.
// Source: XML 1.0, 4.2.2 (external entities); OWASP, "XML External Entity Prevention".
import type { Format } from '../../format.ts';
import { readHead } from '../../source.ts';
import { tagsOf } from './xml-tags.ts';

/** A document type stands at the beginning; layers of OpenVINO take a megabyte or two. */
const MOST = 8 << 20;
const DOCTYPE = /<!DOCTYPE\s+([\w:.-]{1,100})([^[>]{0,2000})(\[|>)/i;
const ENTITY = /<!ENTITY\s+(%\s*)?([\w:.-]{1,100})\s+(SYSTEM|PUBLIC)?/gi;
/** Document types that browsers and editors know by heart. */
const HARMLESS_TYPE = /^(html|svg|plist)$/i;
const LAYER = /\btype\s*=\s*["'](Python\w*|PyOp|Custom\w*Python\w*)["']/i;
const LIBRARY = /\b(?:path|location|file)\s*=\s*["']([^"']{1,500})["']/i;

export const XML: Format = {
  id: 'xml',
  match: ({ text }) => {
    // UTF-16 hides from whoever looks for letters.
    const plain = text.replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '').replaceAll('\0', '');
    return /^\s*(<\?xml\s|<!DOCTYPE\s+(?!html)|<(net|PMML|mlmodel)\b)/i.test(plain.slice(0, 500)) ? 'sure' : false;
  },
  scan(source, look) {
    const bytes = Buffer.from(readHead(source, MOST));
    if (source.size > MOST) look.unseen(`only the first ${MOST >> 20} MB of the XML are read`);
    const [first, second] = [bytes[0], bytes[1]];
    const isWide = (first === 0xff && second === 0xfe) || second === 0;
    const text = isWide
      ? bytes.toString('utf16le')
      : first === 0xfe || first === 0
        ? bytes.swap16().toString('utf16le')
        : bytes.toString('utf8');
    const type = DOCTYPE.exec(text);
    if (type !== null) {
      const [, name, external] = type;
      if (/SYSTEM|PUBLIC/i.test(external!) && !HARMLESS_TYPE.test(name!)) {
        look.report('xml.external', {
          message: `the document type is taken from elsewhere: ${external!.trim()}`,
          capability: 'file',
          offset: type.index,
        });
      }
      let entities = 0;
      for (const entity of text.slice(type.index, type.index + (1 << 20)).matchAll(ENTITY)) {
        entities++;
        if (entity[3] === undefined) continue;
        const from = type.index + entity.index;
        look.report('xml.external', {
          message: `the entity ${entity[2]} is taken from elsewhere: ${text.slice(from, from + 200)}`,
          capability: 'file',
          offset: from,
        });
      }
      if (entities > 4 && /<!ENTITY\s+[\w:.-]{1,100}\s+["'](?:[^"'&]{0,200}&[\w:.-]{1,100};){2}/i.test(text)) {
        look.report('xml.expansion', { message: `${entities} entities, made of each other`, capability: 'exhaust' });
      }
    }
    for (const { tag, at } of tagsOf(text, /<layer\b/gi, look)) {
      const type = LAYER.exec(tag)?.[1];
      if (type === undefined) continue;
      look.report('openvino.layer', { message: `has a layer of the type ${type}`, capability: 'execute', offset: at });
    }
    for (const { tag, at } of /<net\b/.test(text) ? tagsOf(text, /<(?:extension|library|plugin)\b/gi, look) : []) {
      const library = LIBRARY.exec(tag)?.[1];
      if (library === undefined) continue;
      look.report('openvino.layer', { message: `loads the library ${library}`, capability: 'native', offset: at });
    }
    if (/<PMML\b/.test(text)) return 'pmml';
    return /<net\b[^<>]{0,2000}\bversion\b/.test(text) ? 'openvino' : undefined;
  },
};

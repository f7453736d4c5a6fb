// YAML: tags that build objects, Hydra's targets, MLflow's models, and everything that JSON can say as well.
import { type Document, parseAllDocuments } from 'yaml';
import type { JsonTree } from '../../../reader/index.ts';
import type { Format, Look, Probe } from '../../format.ts';
import { readHead } from '../../source.ts';
import { reportSecrets } from '../../workspace/secrets.ts';
import { lookAtTree } from '../json/json.ts';
import { lookAtObject } from '../json/objects.ts';
import { bodyOf, lookAtTag, lookAtWritten } from './tags.ts';
import { toTree } from './tree.ts';

const MOST = 16 << 20;
/** Longer texts are searched, not parsed: the library takes its time. */
const MOST_PARSED = 128 << 10;
const DEEPEST = 100;
/** What aliases may expand a document to, in nodes. */
const MOST_EXPANDED = 10_000_000;

const OTHERS =
  /^(?:pkg-info|metadata)$|\.(?:md|markdown|txt|rst|py|cfg|ini|toml|csv|tsv|html?|js|ts|css|sh|r|log|jinja2?|j2|json|xml|tex|ipynb|c|h|cc|cpp|java|go|rs)$/;
const OPENING =
  /^(?:\xef\xbb\xbf)?(?:[ \t]*(?:#[^\n]*)?\r?\n){0,200}(?:%(?:YAML|TAG) |---(?:\s|$)|["']?[A-Za-z_][\w./ -]{0,60}["']?:(?:[ \t]|\r?\n|$)|- +[\w!"'&*[{]|[\w-]{0,60}: *!!?[a-z<])/;
const TAGS = /!!python\/|!<tag:yaml\.org,2002:python|tag:yaml\.org,2002:python/;
/** One line of a long text. */
const LINE =
  /^[ \t-]*["']?(_target_|_component_|class_path|target|loader_module)["']?[ \t]*:[ \t]*["']?([A-Za-z_][\w.:]{2,300})/gm;

const isWide = (head: Uint8Array): boolean =>
  (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);

function decode(bytes: Uint8Array): string {
  if (isWide(bytes)) return new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Whether brackets or indentation nest deeper than anybody writes. */
function isDeep(text: string): boolean {
  // Each kind by itself: a bracket is not closed by a brace.
  let lists = 0;
  let maps = 0;
  let indent = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10) {
      indent = 0;
      while (text.charCodeAt(at + 1 + indent) === 32) indent++;
      if (indent > 8 * DEEPEST) return true;
    } else if (code === 91 || code === 123) {
      if (code === 91) lists++;
      else maps++;
      if (lists + maps > DEEPEST) return true;
    } else if (code === 93 && lists > 0) lists--;
    else if (code === 125 && maps > 0) maps--;
  }
  // "- - - - x" nests without either.
  return /(?:[-?] ){100}/.test(text);
}

/** Nodes that a loader would make of a document, aliases followed. */
function expandedSize(document: Document): number {
  const sizes = new Map<string, number>();
  const sizeOf = (node: unknown, depth: number): number => {
    if (typeof node !== 'object' || node === null || depth > 4 * DEEPEST) return 1;
    const { source, items, anchor, key, value } = node as {
      source?: string;
      items?: unknown[];
      anchor?: string;
      key?: unknown;
      value?: unknown;
    };
    let size = 1;
    if (items !== undefined) for (const item of items) size += sizeOf(item, depth + 1);
    else if (key !== undefined) size += sizeOf(key, depth + 1) + sizeOf(value, depth + 1);
    else if (source !== undefined && value === undefined) size = sizes.get(source) ?? 1;
    if (anchor !== undefined) sizes.set(anchor, size);
    return size;
  };
  return sizeOf(document.contents, 0);
}

function lookAtDocument(document: Document, seen: Set<string>, look: Look): string | undefined {
  if (expandedSize(document) > MOST_EXPANDED) {
    look.report('yaml.bomb', { message: 'its aliases expand to more values than memory holds', capability: 'exhaust' });
  }
  const tree: JsonTree = toTree(document, look.budget, (tag, _, offset) => {
    seen.add(bodyOf(tag));
    lookAtTag(tag, offset, look);
  });
  return lookAtTree(tree, look);
}

/** A handle for tags of YAML's own, among them PyYAML's: what stands behind it in a long text is not put together. */
const HANDLE = /^%TAG[ \t]+\S{1,40}[ \t]+tag:yaml\.org/m;

/** A long text, line by line. */
function lookAtLines(text: string, look: Look): void {
  if (HANDLE.test(text)) {
    look.report('yaml.code', {
      message: 'gives tags of Python a handle of its own, in a text too long to be parsed',
      severity: 'medium',
    });
  }
  for (const [, name = '', value = ''] of text.matchAll(LINE)) {
    look.budget.step(20);
    lookAtObject({ kind: 'object', at: 0, entries: [[name, value]] }, look);
  }
}

export const yaml: Format = {
  id: 'yaml',
  match({ head, text, name, extension }: Probe) {
    if (head.includes(0) && !isWide(head)) return false;
    if (extension === '.yaml' || extension === '.yml' || name === 'mlmodel') return 'likely';
    if (isWide(head)) return false;
    return TAGS.test(text) || (!OTHERS.test(name) && OPENING.test(text)) ? 'likely' : false;
  },
  scan(source, look) {
    if (source.size > MOST) look.unseen(`only the first ${MOST >> 20} MB of the text were looked at`);
    const text = decode(readHead(source, MOST));
    const seen = new Set<string>();
    let kind: string | undefined;
    if (text.length > MOST_PARSED || isDeep(text)) {
      look.unseen('its YAML is too long or too deep to be parsed; it was searched');
      lookAtLines(text, look);
    } else {
      look.budget.step(text.length);
      const documents = parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: false });
      for (const document of Array.isArray(documents) ? (documents as Document[]) : []) {
        if (document.errors.length > 0) look.unseen(`a document is no YAML: ${document.errors[0]!.code}`);
        kind ??= lookAtDocument(document, seen, look);
      }
    }
    lookAtWritten(text, seen, look);
    if (text.length <= MOST_PARSED) reportSecrets(text, look);
    return kind === undefined ? undefined : kind === 'mlflow' ? kind : `${kind}-yaml`;
  },
};

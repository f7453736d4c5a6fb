// Graphs as text: those of TensorFlow (`.pbtxt`), networks of Caffe (`.prototxt`), models that Triton serves (`config.pbtxt`).
// Source: protobuf.dev, "Text format language specification".
import type { Format, Look } from '../../format.ts';
import { readHead } from '../../source.ts';
import { isPrivate } from '../path.ts';
import { acts, operationByName, operationOf, reportOperation } from './operations.ts';

const MOST = 16 << 20;
const NAMES = new Set(['.pbtxt', '.prototxt']);
const OPENING =
  /(?:^|\n)\s{0,40}(?:node|layers?|meta_graphs)\s{0,10}:?\s{0,10}\{\s{0,40}(?:#[^\n]{0,200}\n\s{0,40})?(?:name|op|type|bottom|top|meta_info_def|graph_def)\s{0,10}[:{]/;
/** A field with a text, or with pieces of one. */
const TEXT = /\b([a-z]\w{0,60})\s{0,20}:\s{0,20}((?:(?:"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*')\s{0,20}){1,50})/g;
const PIECE = /"((?:[^"\\\n]|\\[^])*)"|'((?:[^'\\\n]|\\[^])*)'/g;
const ESCAPE = /\\(?:x([0-9a-f]{1,2})|([0-7]{1,3})|([^]))/gi;
/** Fields of Caffe and Triton that name files. */
const PLACES = /^(?:source|root_folder|mean_file|file_name|filename|weights|snapshot_prefix|net|op_library_filename)$/;
const MOST_TEXTS = 10_000;

const decode = (pieces: string): string =>
  [...pieces.matchAll(PIECE)]
    .map(([, double, single]) =>
      (double ?? single ?? '').replace(ESCAPE, (_, hex?: string, octal?: string, other?: string) =>
        other !== undefined ? other : String.fromCharCode(parseInt(hex ?? octal!, hex === undefined ? 8 : 16)),
      ),
    )
    .join('');

function lookAtPlace(name: string, value: string, offset: number, look: Look): void {
  if (name === 'op_library_filename') {
    look.report('caffe.path', { message: `loads the library ${value}`, capability: 'native', offset });
  } else if (PLACES.test(name) && isPrivate(value)) {
    look.report('caffe.path', {
      message: `reads ${value} as its ${name}`,
      severity: 'high',
      capability: 'file',
      offset,
    });
  }
}

export const PROTOTXT: Format = {
  id: 'prototxt',
  match: ({ text, extension }) => {
    if (text.includes('\0')) return false;
    return NAMES.has(extension) || OPENING.test(text) ? 'likely' : false;
  },
  scan(source, look) {
    if (source.size > MOST) look.unseen(`only the first ${MOST >> 20} MB of the text are read`);
    const text = Buffer.from(readHead(source, MOST)).toString('utf8');
    look.budget.step(text.length >> 3);
    const texts: string[] = [];
    const operations: { readonly type: string; readonly at: number; readonly isLayer: boolean }[] = [];
    for (const { 1: name = '', 2: pieces = '', index: at } of text.matchAll(TEXT)) {
      look.budget.step();
      const value = decode(pieces).slice(0, 500);
      if (name === 'op' || name === 'type') {
        if ((operationOf(value) ?? operationByName(value)) !== undefined && operations.length < 1000)
          operations.push({ type: value, at, isLayer: name === 'type' });
      } else if ((name === 'string_val' || name === 's' || name === 'module') && texts.length < MOST_TEXTS)
        texts.push(value);
      lookAtPlace(name, value, at, look);
    }
    for (const { type, at, isLayer } of operations) {
      const operation = (isLayer ? undefined : operationOf(type)) ?? operationByName(type);
      if (operation === undefined || !acts(operation, texts)) continue;
      reportOperation(isLayer ? 'caffe.layer' : 'tensorflow.operation', type, operation, texts.slice(0, 4), at, look);
    }
  },
};

// Files of folders with models in them that load nothing: pictures, sound, documents, plain text.
import type { Format } from '../format.ts';

const MAGIC: readonly (readonly [id: string, pattern: RegExp])[] = [
  [
    'image',
    /^\x89PNG\r\n\x1a\n|^\xff\xd8\xff|^GIF8[79]a|^RIFF[^]{4}WEBP|^BM[^]{4}\0\0\0\0|^II\*\0|^MM\0\*|^\0\0\x01\0[^]\0/,
  ],
  ['audio', /^RIFF[^]{4}WAVE|^ID3[\x02-\x04]|^fLaC|^OggS|^\xff[\xfb\xf3\xf2]/],
  ['video', /^[^]{4}ftyp|^\x1a\x45\xdf\xa3|^RIFF[^]{4}AVI /],
  ['pdf', /^%PDF-\d/],
  ['parquet', /^PAR1/],
  ['arrow', /^ARROW1\0\0|^\xff\xff\xff\xff[^]{2}\0\0/],
  ['sqlite', /^SQLite format 3\0/],
  ['font', /^wOFF|^wOF2|^OTTO|^\0\x01\0\0\0[\x01-\x40]/],
];

/** Models of which nothing but the name is known here, and why that is said. */
const UNREAD: readonly (readonly [id: string, pattern: RegExp, reason: string])[] = [
  ['tensorrt', /^(?:ftrt|ptrt)/, 'an engine of TensorRT is native code, which is not looked at'],
  ['rknn', /^RKNN/, 'a model of RKNN is code for a chip, which is not looked at'],
  ['ggml', /^(?:lmgg|fmgg|tjgg|algg)/, 'GGML from before GGUF is not looked at'],
  ['mxnet-params', /^\x12\x01\0\0\0\0\0\0/, 'parameters of MXNet are not looked at'],
  ['tf-checkpoint', /^[^]{0,64}_CHECKPOINTABLE_OBJECT_GRAPH/, 'the index of a checkpoint is not looked at'],
];

/** Content that loads nothing, by its magic number; `likely` only, so that whatever lies behind such a beginning is looked for. */
export const KNOWN: readonly Format[] = MAGIC.map(([id, pattern]) => ({
  id,
  match: ({ text }) => (pattern.test(text) ? 'likely' : false),
  scan: () => undefined,
}));

/** The same for models that are known and not looked at: never clean. */
export const UNREAD_MODELS: readonly Format[] = UNREAD.map(([id, pattern, reason]) => ({
  id,
  match: ({ text }) => (pattern.test(text) ? 'likely' : false),
  scan: (_, look) => look.unseen(reason),
}));

/** A text: no zero, and next to no control characters, in what can be seen of it. The last resort. */
export const TEXT: Format = {
  id: 'text',
  match: ({ head }) => {
    let strange = 0;
    for (const byte of head) {
      if (byte === 0) return false;
      if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27) strange++;
    }
    if (strange * 100 > head.length) return false;
    const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('utf8');
    const broken = text.split('\ufffd').length - 1;
    return broken * 50 <= head.length ? 'likely' : false;
  },
  scan: () => undefined,
};

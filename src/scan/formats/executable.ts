// Programs and libraries: native code, byte code and scripts, where a model was expected or beside one.
import type { Format } from '../format.ts';
import { otherCode } from '../workspace/settings.ts';
import { shell } from '../workspace/shell.ts';

const KINDS: readonly (readonly [kind: string, magic: RegExp])[] = [
  ['a program for Linux (ELF)', /^\x7fELF/],
  ['a llamafile, a program with a model in it', /^(MZqFpD='|jartsr=')/],
  ['a program for Windows', /^MZ[^]{58}[^]{2}\0\0/],
  ['a program for macOS', /^(\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba\xbe\0\0\0[\x01-\x20])/],
  ['Java byte code', /^\xca\xfe\xba\xbe\0\0\0[\x2d-\x50]/],
  ['Android byte code', /^dex\n03/],
  ['WebAssembly', /^\0asm\x01\0\0\0/],
  ['a script', /^#!\s*\/[\w./-]*(?:env\s+)?(sh|bash|zsh|perl|ruby|node)\b/],
];
/** Names under which weights are kept. */
const MODEL_NAMES =
  /\.(gguf|ggml|safetensors|pt|pth|pkl|pickle|bin|onnx|h5|hdf5|keras|tflite|pb|ckpt|joblib|npy|npz|msgpack|mlmodel|model|weights|pdparams|rds|nemo|mar|engine)$/;

export const EXECUTABLE: Format = {
  id: 'executable',
  match: ({ text }) => (KINDS.some(([, magic]) => magic.test(text)) ? 'sure' : false),
  scan(source, look) {
    const text = Buffer.from(source.read(0, 512)).toString('latin1');
    const kind = KINDS.find(([, magic]) => magic.test(text))![0];
    const isScript = kind === 'a script';
    if (MODEL_NAMES.test(look.name) && !(look.name.endsWith('.bin') && isScript)) {
      look.report('executable.disguised', { message: `${look.name} is ${kind}`, capability: 'native', offset: 0 });
    } else if (!isScript) look.report('executable.found', { message: `is ${kind}`, capability: 'native', offset: 0 });
    if (!isScript) return undefined;
    look.as(/^#![^\n]{0,100}sh\b/.test(text) ? shell : otherCode, source);
    return 'script';
  },
};

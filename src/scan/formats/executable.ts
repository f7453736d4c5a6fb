// Programs and libraries: native code, byte code and scripts, where a model was expected or beside one.
import type { Format } from '../format.ts';
import { otherCode } from '../workspace/settings.ts';
import { shell } from '../workspace/shell.ts';

interface Kind {
  readonly what: string;
  readonly magic: RegExp;
  /** What no folder of models has a use for. */
  readonly severity?: 'medium';
}

const SCRIPT: Kind = {
  what: 'a script',
  magic:
    /^(?:\xef\xbb\xbf)?(?:#!\s*\/[\w./-]{1,100}(?:env\s+(?:-S\s+)?)?(?:ba|z|da|k|c|tc|fi|a)?(?:sh|perl|ruby|node|php|lua|pwsh|osascript|tclsh|awk|deno|bun)\b|@echo off\r?\n)/,
};
const KINDS: readonly Kind[] = [
  { what: 'a program for Linux (ELF)', magic: /^\x7fELF/ },
  { what: 'a llamafile, a program with a model in it', magic: /^(MZqFpD='|jartsr=')/ },
  { what: 'a program for Windows', magic: /^MZ[^]{58}[^]{2}\0\0/ },
  {
    what: 'a program for macOS',
    magic: /^(\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe|\xca\xfe\xba[\xbe\xbf]\0\0\0[\x01-\x20])/,
  },
  { what: 'Java byte code', magic: /^\xca\xfe\xba\xbe\0\0\0[\x2d-\x50]/ },
  { what: 'Android byte code', magic: /^dex\n03/ },
  { what: 'WebAssembly', magic: /^\0asm\x01\0\0\0/ },
  { what: 'byte code of LLVM', magic: /^BC\xc0\xde/ },
  { what: 'byte code of Lua', magic: /^\x1bLua/ },
  { what: 'byte code of Python', magic: /^[^]\x0d\r\n[\0-\x03]\0\0\0[^]{8}[\x63\xe3]/ },
  { what: 'a shortcut of Windows', magic: /^L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0/, severity: 'medium' },
  { what: 'an installer or document of Microsoft', magic: /^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/ },
  SCRIPT,
];
/** Names under which weights are kept. */
const MODEL_NAMES =
  /\.(gguf|ggml|safetensors|pt|pth|ptl|pt2|pkl|pickle|dill|bin|onnx|onnx_data|h5|hdf5|keras|tflite|pb|pbtxt|ckpt|joblib|npy|npz|msgpack|mlmodel|model|weights|caffemodel|pdmodel|pdparams|pdiparams|pdopt|params|skops|ubj|bst|cbm|rds|nemo|mar|engine|plan)$/;

const kindOf = (text: string): Kind | undefined => KINDS.find(({ magic }) => magic.test(text));

/** What kind of program begins so. @param text - some hundred bytes, as Latin-1 */
export const programOf = (text: string): string | undefined => kindOf(text)?.what;

export const EXECUTABLE: Format = {
  id: 'executable',
  carries: true,
  match: ({ text }) => (kindOf(text) === undefined ? false : 'sure'),
  scan(source, look) {
    const text = Buffer.from(source.read(0, 512)).toString('latin1');
    const kind = kindOf(text)!;
    const isScript = kind === SCRIPT;
    const report = (rule: string, message: string, severity?: 'medium'): void =>
      look.report(rule, { message, capability: 'native', offset: 0, ...(severity === undefined ? {} : { severity }) });
    if (MODEL_NAMES.test(look.name)) {
      // Installers of old are scripts with this name.
      const isInstaller = isScript && look.name.endsWith('.bin') && !/model|weights|checkpoint/.test(look.name);
      report('executable.disguised', `${look.name} is ${kind.what}`, isInstaller ? 'medium' : undefined);
    } else if (!isScript) report('executable.found', `is ${kind.what}`, kind.severity);
    if (!isScript) return undefined;
    look.as(/^#![^\n]{0,100}sh\b/.test(text) ? shell : otherCode, source);
    return 'script';
  },
};

// YAML that makes objects or names what to call: tags of Python, targets of Hydra and NeMo, models of MLflow.
// Source: PyYAML 6 constructors; Hydra, "Instantiating objects"; MLflow, "MLmodel file".
import type { Format, Look } from '../../format.ts';
import { readHead } from '../../source.ts';
import { leadsOut } from '../archive/path-check.ts';

const MOST = 4 << 20;
/** Tags that construct more than plain data; a handle may shorten the prefix. */
const TAG =
  /!(?:!|<tag:yaml\.org,2002:|\w{0,20}!)?python\/(object(?:\/new|\/apply)?|name|module)(?::|%3A)?([\w.%]{0,200})/g;
const HANDLE = /^%TAG\s+!\w{0,20}!\s+tag:yaml\.org,2002:python/m;
const ASSIGNED = /^([ \t-]*)["']?([\w.-]+)["']?[ \t]*:[ \t]+["']?([^"'\n#]{1,500}?)["']?[ \t]*(?:#.*)?$/gm;
/** Packages whose classes configurations of training name. */
const PACKAGES =
  /^(nemo|nemo_\w+|torch|torchvision|torchaudio|torchmetrics|pytorch_lightning|lightning|lightning_fabric|omegaconf|hydra|transformers|datasets|diffusers|timm|sklearn|numpy|apex|megatron|fairseq\w*|hydra_plugins|wandb|monai|detectron2|mmcv|mmdet|mmengine|keras|tensorflow|speechbrain|sentencepiece|tokenizers|pytorch3d|kornia|albumentations|optuna)\./;
/** Names that act, whichever package they are reached through. */
const ACTS =
  /(^|\.)(os|posix|nt|subprocess|sys|shutil|socket|pickle|marshal|importlib|ctypes|runpy|code|pty|builtins|commands|platform\.popen|webbrowser|urllib|requests|http)(\.|$)|(^|\.)(system|popen|exec|eval|execfile|compile|__import__|getattr|open|spawn\w*|check_output|check_call|run_path|run_module|load_library|loads?|_load_from_bytes|hub\.load|cpp_extension\.\w+)$/;
const MLFLOW_PATHS =
  /^(model_path|data|code|env|model_code_path|artifact_path|pickled_model|config|artifacts|saved_input_example)$/;

function lookAtTags(text: string, look: Look): void {
  const lines = (index: number): number => text.slice(0, index).split('\n').length;
  for (const { 0: tag, 2: name, index } of text.matchAll(TAG)) {
    look.budget.step(10);
    // A comment says nothing to a loader.
    const line = text.slice(text.lastIndexOf('\n', index) + 1, index);
    if (/^\s*#/.test(line)) continue;
    look.report('yaml.tag', {
      message: `makes an object by ${tag}`,
      capability: 'execute',
      line: lines(index),
      evidence: name ?? tag,
    });
  }
  if (HANDLE.test(text))
    look.report('yaml.tag', { message: 'shortens the tags of Python by a handle', capability: 'execute' });
}

export const YAML: Format = {
  id: 'yaml',
  match: ({ text, extension, name }) => {
    if (/^[\x00-\x08]/.test(text)) return false;
    const isNamed = extension === '.yaml' || extension === '.yml' || name === 'mlmodel';
    const hasTag = /!(!|<tag:yaml|\w{0,20}!)?python\//.test(text);
    return (isNamed || hasTag) && !text.includes('\0') ? 'likely' : false;
  },
  scan(source, look) {
    if (source.size > MOST) look.unseen(`only the first ${MOST >> 20} MB of the YAML are read`);
    const text = Buffer.from(readHead(source, MOST)).toString('utf8');
    lookAtTags(text, look);
    const isModel = look.name === 'mlmodel' || /^loader_module|^\s+loader_module/m.test(text);
    let line = 1;
    let seen = 0;
    for (const { 2: key, 3: value, index } of text.matchAll(ASSIGNED)) {
      look.budget.step(10);
      for (; seen < index; seen++) if (text.charCodeAt(seen) === 10) line++;
      if (key === '_target_' || key === 'target' || key === 'cls' || key === 'class_path') {
        if (!/^[\w.]+$/.test(value!) || (key !== '_target_' && !value!.includes('.'))) continue;
        if (ACTS.test(value!)) {
          look.report('yaml.target', { message: `has ${value} called`, capability: 'execute', line });
        } else if (!PACKAGES.test(value!)) {
          look.report('yaml.target-unknown', { message: `has ${value} called`, capability: 'import', line });
        }
      } else if (isModel && key === 'loader_module') {
        if (!/^mlflow\.[\w.]+$/.test(value!)) {
          look.report('mlflow.loader', { message: `is loaded by the module ${value}`, capability: 'import', line });
        }
      } else if (isModel && MLFLOW_PATHS.test(key!)) {
        const why = leadsOut(value!);
        if (why !== undefined)
          look.report('mlflow.path', { message: `${key} is ${value}: ${why}`, capability: 'file', line });
      }
    }
    return isModel ? 'mlflow' : undefined;
  },
};

// What the files of one folder say together: a model repository in the manner of Hugging Face, whose configuration names code and
// weights that lie beside it. Each file by itself is looked at by its format.
import { isJsonObject, type JsonTree, readJsonTree } from '../../reader/index.ts';
import type { ScanFinding, Severity } from '../../contract/index.ts';
import { entries, has, items, member, text } from '../formats/json/access.ts';
import type { ScanRule } from '../rule.ts';
import { show } from '../show.ts';
import { MemorySource } from '../source.ts';

export interface RepositoryFile {
  /** Within the repository, with forward slashes. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export interface Repository {
  readonly files: readonly RepositoryFile[];
  /** The first bytes of a file; undefined where it cannot be read. */
  read(path: string, most: number): Uint8Array | undefined;
}

export interface RepositoryFinding {
  /** Of the file that it belongs to. */
  readonly path: string;
  readonly finding: ScanFinding;
}

const MOST_FILES = 100_000;
const MOST_CONFIG = 16 << 20;
const MOST_NAMED = 20;
const MOST_NODES = 200_000;
const PICKLED = /\.(?:bin|pt|pth|ckpt|pkl|pickle|joblib)$/i;
/** Modules that the loader of a model imports: a file of that name beside it is found first when it runs in this folder. */
const SHADOWED = new Set(
  'torch transformers tokenizers numpy safetensors huggingface_hub diffusers accelerate peft tensorflow keras jax flax onnx os sys json pickle importlib subprocess sitecustomize usercustomize'.split(
    ' ',
  ),
);

class Look {
  readonly files: ReadonlyMap<string, RepositoryFile>;
  readonly found: RepositoryFinding[] = [];
  readonly #repository: Repository;
  readonly #rules: ReadonlyMap<string, ScanRule>;

  constructor(repository: Repository, rules: ReadonlyMap<string, ScanRule>) {
    this.#repository = repository;
    this.#rules = rules;
    this.files = new Map(repository.files.slice(0, MOST_FILES).map((file) => [file.path, file]));
  }

  report(path: string, id: string, message: string, severity?: Severity): void {
    const rule = this.#rules.get(id);
    if (rule === undefined) return;
    const finding = {
      rule: id,
      severity: severity ?? rule.severity,
      message: show(message, 400),
      techniques: rule.techniques,
    };
    this.found.push({ path, finding });
  }

  json(path: string): JsonTree | undefined {
    const bytes = this.files.has(path) ? this.#repository.read(path, MOST_CONFIG) : undefined;
    if (bytes === undefined) return undefined;
    return readJsonTree(new MemorySource(bytes), { step: () => undefined, nodes: MOST_NODES }).value;
  }
}

/** Folders that hold a configuration of a model: the repository itself, and parts of a pipeline. */
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

function checkCode(path: string, config: JsonTree, look: Look): void {
  const folder = folderOf(path);
  const modules = new Set<string>();
  for (const map of [member(config, 'auto_map'), member(config, 'custom_pipelines')]) {
    for (const [, value] of entries(map)) {
      for (const each of [value, member(value, 'impl'), ...items(value)]) {
        if (typeof each === 'string' && !each.includes('--')) modules.add(each.slice(0, each.lastIndexOf('.')));
      }
    }
  }
  for (const module of [...modules].slice(0, MOST_NAMED)) {
    if (module === '') continue;
    const file = `${folder}${module.replaceAll('.', '/')}.py`;
    if (look.files.has(file)) look.report(path, 'repository.remote-code', `runs ${file} with trust_remote_code`);
    else look.report(path, 'repository.missing-code', `runs ${module}.py with trust_remote_code, and it is not here`);
  }
}

function checkWeights(path: string, index: JsonTree, look: Look): void {
  const folder = folderOf(path);
  const missing = new Set<string>();
  for (const [, file] of entries(member(index, 'weight_map'))) {
    if (typeof file === 'string' && !look.files.has(folder + file)) missing.add(file);
    if (missing.size >= MOST_NAMED) break;
  }
  if (missing.size > 0)
    look.report(path, 'repository.missing-weights', `names weights that are not here: ${[...missing].join(', ')}`);
}

function checkModules(path: string, modules: JsonTree, look: Look): void {
  for (const module of items(modules).slice(0, MOST_NAMED)) {
    const type = text(module, 'type') ?? '';
    if (type === '' || /^sentence_transformers\./.test(type) || type.includes('--')) continue;
    const file = `${folderOf(path)}${type.slice(0, type.lastIndexOf('.')).replaceAll('.', '/')}.py`;
    if (look.files.has(file)) look.report(path, 'repository.remote-code', `runs ${file} with trust_remote_code`);
  }
}

/** Two templates of one model, of which a reader sees one and the tokenizer takes the other. */
function checkTemplates(folder: string, config: JsonTree, repository: Repository, look: Look): void {
  const template = member(config, 'chat_template');
  const file = `${folder}chat_template.jinja`;
  if (typeof template !== 'string' || !look.files.has(file)) return;
  const bytes = repository.read(file, 1 << 20);
  if (bytes === undefined || Buffer.from(bytes).toString('utf8').trim() === template.trim()) return;
  look.report(file, 'repository.two-templates', 'is taken in place of another template in tokenizer_config.json');
}

function checkNames(look: Look): void {
  const lower = new Map<string, string>();
  const safe = new Set([...look.files.keys()].filter((path) => path.endsWith('.safetensors')).map(folderOf));
  for (const path of look.files.keys()) {
    const other = lower.get(path.toLowerCase());
    if (other !== undefined)
      look.report(
        path,
        'repository.twin',
        `differs from ${other} in capitals only: which one is read depends on the machine`,
      );
    lower.set(path.toLowerCase(), path);
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (name.endsWith('.py') && SHADOWED.has(name.slice(0, -3))) {
      look.report(
        path,
        'repository.shadow',
        `is imported in place of the module ${name.slice(0, -3)} by a program that runs in this folder`,
      );
    }
    if (
      PICKLED.test(name) &&
      /^(?:pytorch_model|model|adapter_model|diffusion_pytorch_model|consolidated)/.test(name) &&
      safe.has(folderOf(path))
    ) {
      look.report(
        path,
        'repository.pickle-twin',
        'is a pickle beside the same weights as safetensors: nobody needs to load it',
      );
    }
  }
}

/**
 * Examines a repository as a whole.
 * @param rules - those of the scanner
 * @returns findings, each with the file that it belongs to; none where the folder holds no configuration of a model
 */
export function examineRepository(repository: Repository, rules: ReadonlyMap<string, ScanRule>): RepositoryFinding[] {
  const look = new Look(repository, rules);
  let isModel = false;
  for (const path of look.files.keys()) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (
      !/^(?:config|tokenizer_config|processor_config|preprocessor_config|model_index|modules|adapter_config)\.json$|\.index\.json$/.test(
        name,
      )
    )
      continue;
    const config = look.json(path);
    if (config === undefined) continue;
    if (name === 'modules.json') {
      isModel ||= items(config).some((each) => has(each, 'type'));
      checkModules(path, config, look);
    }
    if (!isJsonObject(config)) continue;
    isModel ||= [
      'model_type',
      'architectures',
      'tokenizer_class',
      '_class_name',
      'peft_type',
      'weight_map',
      'auto_map',
    ].some((each) => has(config, each));
    checkCode(path, config, look);
    if (has(config, 'weight_map')) checkWeights(path, config, look);
    if (name === 'tokenizer_config.json') checkTemplates(folderOf(path), config, repository, look);
  }
  if (!isModel) return [];
  checkNames(look);
  return look.found;
}

// What parts of AI systems a Python file uses: packages, providers, models, datasets, prompts, agents, tool servers.
import type { Look } from '../../format.ts';
import { reportRequirements } from '../packages/requirement.ts';
import { parseRequirement } from '../packages/requirements-txt.ts';
import { sdkOf } from './calls.ts';
import type { Call } from './evaluate.ts';
import { type Value, textsOf } from './value.ts';

const LOADS_MODEL =
  /(?:\.from_pretrained|\.SentenceTransformer|\.CrossEncoder|^vllm\.LLM|^transformers\.pipeline|\.snapshot_download|\.hf_hub_download|^torch\.hub\.load|^faster_whisper\.WhisperModel|^whisper\.load_model|\.HuggingFaceEmbeddings)$/;
const MODEL_WORDS = new Set([
  'model',
  'model_name',
  'model_id',
  'repo_id',
  'modelId',
  'deployment_name',
  'engine',
  'model_path',
]);
const LOADS_DATA = /^datasets\.load_dataset$|^torchvision\.datasets\.\w+$|^tensorflow_datasets\.load$|\.load_dataset$/;
const AGENTS =
  /(?:^|\.)(?:create_react_agent|create_agent|create_openai_functions_agent|create_tool_calling_agent|initialize_agent|AgentExecutor|Agent|AssistantAgent|UserProxyAgent|Crew|CodeAgent|ToolCallingAgent|LlmAgent|ClaudeSDKClient|ReActAgent)$/;
const TOOL_SERVERS = /(?:^|\.)(?:FastMCP|MCPServerStdio|MCPServerHTTP|MCPServerStreamableHTTP|StdioServerParameters)$/;
const SETUPS = new Set(['setuptools.setup', 'distutils.core.setup', 'skbuild.setup']);
const REQUIRES = new Set(['install_requires', 'setup_requires', 'tests_require', 'extras_require']);
const MOST_REQUIREMENTS = 500;
const PROMPT_WORDS = new Set([
  'system',
  'system_prompt',
  'system_message',
  'system_instruction',
  'instructions',
  'backstory',
]);
const MODEL_NAME = /^[\w.:/@-]{2,120}$/;
/** Shorter texts are labels. */
const LEAST_PROMPT = 20;

export class Inventory {
  readonly #look: Look;
  readonly #line: (line: number) => number;
  readonly #told: Set<string>;
  /** Top names of what is imported. */
  readonly imported = new Set<string>();

  constructor(look: Look, toLine: (line: number) => number, told: Set<string>) {
    this.#look = look;
    this.#line = toLine;
    this.#told = told;
  }

  import(module: string): void {
    this.imported.add(module.split('.', 1)[0]!);
    const sdk = sdkOf(module);
    if (sdk === undefined) return;
    this.#look.asset('sdk', sdk.name, sdk.kind);
    if (sdk.provider !== undefined) this.#look.asset('provider', sdk.provider, `by ${sdk.name}`);
  }

  call({ path, args, line }: Call): void {
    const first = args[0]?.name === undefined ? args[0]?.value.text : undefined;
    const loads = LOADS_MODEL.test(path);
    for (const { name, value } of args) {
      if (name === undefined || value.text === undefined) continue;
      if (MODEL_WORDS.has(name) && MODEL_NAME.test(value.text)) this.#look.asset('model', value.text, shorten(path));
      else if (PROMPT_WORDS.has(name)) this.prompt(value, line);
      else if (name === 'base_url' || name === 'api_base' || name === 'azure_endpoint') this.#endpoint(value.text);
    }
    if (loads && first !== undefined && MODEL_NAME.test(first)) this.#look.asset('model', first, shorten(path));
    if (LOADS_DATA.test(path) && first !== undefined) this.#look.asset('dataset', first, shorten(path));
    if (SETUPS.has(path)) this.#requirements(args, line);
    if (path.startsWith('?')) return;
    if (AGENTS.test(path)) {
      const name = args.find((arg) => arg.name === 'name')?.value.text ?? path.slice(path.lastIndexOf('.') + 1);
      this.#look.asset('agent', name, path);
    } else if (TOOL_SERVERS.test(path)) {
      this.#look.asset('mcp-server', first ?? args.find((arg) => arg.name === 'command')?.value.text ?? path, path);
    }
  }

  /** Messages of a chat: a system prompt among them is part of the program. */
  dict(entries: ReadonlyMap<string, Value>, line: number): void {
    const role = entries.get('role')?.text;
    const content = entries.get('content');
    if ((role === 'system' || role === 'developer') && content !== undefined) this.prompt(content, line);
  }

  prompt({ text }: Value, line: number): void {
    if (text === undefined || text.length < LEAST_PROMPT) return;
    // Told where it stands first: it is used by its name later on.
    if (this.#told.has(`prompt ${text}`)) return;
    this.#told.add(`prompt ${text}`);
    const message = `a system prompt of ${text.length} characters stands in the code`;
    this.#look.report('python.system-prompt', { message, line: this.#line(line), evidence: text });
    this.#look.asset('prompt', text.slice(0, 80), 'system prompt in code');
  }

  /** What a setup.py asks for. */
  #requirements(args: Call['args'], line: number): void {
    const asked = args
      .filter(({ name }) => name !== undefined && REQUIRES.has(name))
      .flatMap(({ value }) => textsOf(value, MOST_REQUIREMENTS))
      .map((text) => parseRequirement(text, this.#line(line)))
      .filter((each) => each !== undefined);
    // Ranges are as they should be here: lock files bind them.
    reportRequirements('pypi', asked, this.#look, true);
  }

  #endpoint(text: string): void {
    const host = /^https?:\/\/(?:[^@/\s]{0,100}@)?([\w.-]{1,200}(?::\d{1,5})?)/.exec(text)?.[1];
    if (host !== undefined) this.#look.asset('provider', host, 'an endpoint by address');
  }
}

const shorten = (path: string): string => path.replace(/^\?(?:self\.)?/, '').slice(0, 80);

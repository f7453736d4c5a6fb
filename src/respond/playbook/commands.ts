// Commands of playbooks are requests to the admin interface, as any orchestrator would send them; here they are the same
// operations, called in the process. Only those of the list below.
import { AncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { API, API_BASE, type ApiName, type PlaybookCommand } from '../../contract/index.ts';

/** What a playbook may ask for: whoever may run one may do each of them. */
export const PLAYBOOK_OPERATIONS = [
  'getIncident',
  'updateIncident',
  'keepEvidence',
  'contain',
  'listContainments',
  'liftContainment',
] as const satisfies readonly ApiName[];
export type PlaybookOperation = (typeof PLAYBOOK_OPERATIONS)[number];

export interface PlaybookCall {
  readonly operation: PlaybookOperation;
  readonly input: Readonly<Record<string, unknown>>;
}

const START_LINE = /^(GET|POST|PUT|DELETE) (\/[^\s?#]{1,500}) HTTP\/(?:1\.1|1\.0|2)$/;
const REFERENCE = /(__[a-zA-Z_][a-zA-Z0-9_-]{0,199}__):value/g;

function wrong(message: string, at: string): AncileError {
  return new AncileError('request_invalid', message, { at });
}

type Request = Extract<PlaybookCommand, { type: 'http-api' }>;

function parseBody({ content }: Request): Readonly<Record<string, unknown>> {
  if (content === undefined || content.trim() === '') return {};
  const value = parseJson(content, { what: 'the content of a command', maxDepth: 10 });
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong('expected a JSON object', 'content');
}

function splitStartLine({ command }: Request): { readonly method: string; readonly parts: readonly string[] } {
  const found = START_LINE.exec(command);
  if (found === null) throw wrong('expected a start line such as: POST /api/v1/containments HTTP/1.1', 'command');
  const [, method, path] = found;
  if (!path!.startsWith(`${API_BASE}/`)) throw wrong(`expected a path below ${API_BASE}`, 'command');
  return { method: method!, parts: path!.slice(API_BASE.length).split('/') };
}

/** The operation of a request, and the members of its path as they stand there, references and all. */
function match(request: Request): { readonly operation: PlaybookOperation; readonly named: Record<string, string> } {
  const { method, parts } = splitStartLine(request);
  for (const operation of PLAYBOOK_OPERATIONS) {
    const endpoint = API[operation];
    const wanted = endpoint.path.split('/');
    if (endpoint.method !== method || wanted.length !== parts.length) continue;
    const named: Record<string, string> = {};
    const fits = wanted.every((part, i) => {
      if (!part.startsWith(':')) return part === parts[i];
      named[part.slice(1)] = parts[i]!;
      return parts[i] !== '';
    });
    if (fits) return { operation, named };
  }
  throw wrong(`a playbook may ask for these only: ${PLAYBOOK_OPERATIONS.join(', ')}`, 'command');
}

/** Variables that a command refers to. @throws AncileError `request_invalid` where it is none that may be asked for */
export function referencesOf(request: Request): string[] {
  match(request);
  const texts = [request.command, JSON.stringify(parseBody(request))];
  return texts.flatMap((text) => [...text.matchAll(REFERENCE)].map((found) => found[1]!));
}

function fill(value: unknown, variables: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(REFERENCE, (_, name: string) => (Object.hasOwn(variables, name) ? variables[name]! : ''));
  }
  if (Array.isArray(value)) return value.map((each) => fill(each, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fill(each, variables)]));
}

/**
 * The operation and its checked input. Variables are put into the texts of a body that has been parsed: a value is never more
 * than a text, whatever is in it.
 * @throws AncileError `request_invalid`
 */
export function toCall(request: Request, variables: Readonly<Record<string, string>>): PlaybookCall {
  const { operation, named } = match(request);
  const input = { ...(fill(parseBody(request), variables) as object), ...(fill(named, variables) as object) };
  const parsed = API[operation].input.safeParse(input);
  if (parsed.success) return { operation, input: parsed.data };
  const issue = parsed.error.issues[0]!;
  throw wrong(`${operation}: ${issue.message}`, `content.${issue.path.map(String).join('.')}`);
}

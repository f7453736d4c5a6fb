// A request in Gemini's form as the practice model understands it.
import { type Prompt, type Tool, isRecord } from './prompt.ts';

type Json = Record<string, unknown>;

/** A field under either of its spellings. */
const field = (holder: Json, name: string): unknown =>
  holder[name] ?? holder[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];

const recordOf = (value: unknown): Json => (isRecord(value) ? value : {});
const many = (value: unknown): Json[] => (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isRecord);
const count = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : otherwise;

/** What a function answered: its one text where it has one, else all of it. */
function resultOf(part: Json): string {
  const response = recordOf(recordOf(field(part, 'functionResponse'))['response']);
  const [only, ...more] = Object.values(response);
  return typeof only === 'string' && more.length === 0 ? only : JSON.stringify(response);
}

const isResult = (part: Json): boolean => isRecord(field(part, 'functionResponse'));

/** The text of a content's parts, and of function results among them. */
export function textOfContent(content: unknown): string {
  if (typeof content === 'string') return content;
  return many(recordOf(content)['parts'])
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : isResult(part) ? resultOf(part) : ''))
    .join('\n');
}

/** Google writes the types of a schema in capitals. */
function lowerTypes(schema: unknown, depth = 0): unknown {
  if (!isRecord(schema) || depth > 16) return schema;
  const members = Object.entries(schema).map(([name, value]) => {
    if (name === 'type' && typeof value === 'string') return [name, value.toLowerCase()];
    if (name !== 'properties') return [name, lowerTypes(value, depth + 1)];
    return [
      name,
      Object.fromEntries(Object.entries(recordOf(value)).map(([key, each]) => [key, lowerTypes(each, depth + 1)])),
    ];
  });
  return Object.fromEntries(members) as Json;
}

function readTools(body: Json): Tool[] {
  const declared = many(body['tools']).flatMap((tool) => many(field(tool, 'functionDeclarations')));
  return declared.flatMap((each) => {
    const { name } = each;
    const schema = field(each, 'parametersJsonSchema') ?? lowerTypes(each['parameters']);
    return typeof name === 'string' ? [{ name, schema }] : [];
  });
}

function readChoice(body: Json): Prompt['toolChoice'] {
  const config = recordOf(field(recordOf(field(body, 'toolConfig')), 'functionCallingConfig'));
  if (config['mode'] === 'NONE') return 'none';
  if (config['mode'] !== 'ANY') return 'auto';
  const allowed = field(config, 'allowedFunctionNames');
  const [only, ...more]: unknown[] = Array.isArray(allowed) ? allowed : [];
  return typeof only === 'string' && more.length === 0 ? { name: only } : 'any';
}

/** Reads a body leniently: the practice model stands in for an upstream and checks little. */
export function readGeminiPrompt(given: Json, model: string, stream: boolean): Prompt {
  const inner = field(given, 'generateContentRequest');
  const body = isRecord(inner) ? inner : given;
  const contents = many(body['contents'] ?? body['content']);
  const last = contents.at(-1) ?? {};
  const system = textOfContent(field(body, 'systemInstruction') ?? '');
  const config = recordOf(field(body, 'generationConfig'));
  return {
    model,
    system,
    last: textOfContent(last),
    afterTool: many(last['parts']).some(isResult),
    inputText: [system, ...contents.map(textOfContent)].join('\n'),
    tools: readTools(body),
    toolChoice: readChoice(body),
    stream,
    includeUsage: true,
    n: Math.min(count(field(config, 'candidateCount'), 1), 128),
    maxTokens: count(field(config, 'maxOutputTokens'), 100_000),
    topLogprobs: field(config, 'responseLogprobs') === true ? Math.min(count(config['logprobs'], 0), 20) : undefined,
    schema: field(config, 'responseJsonSchema') ?? lowerTypes(field(config, 'responseSchema')),
  };
}

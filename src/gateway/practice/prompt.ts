// A request of either dialect as the practice model understands it.

export interface Tool {
  readonly name: string;
  readonly schema: unknown;
}

export interface Prompt {
  readonly model: string;
  readonly system: string;
  /** Text of the last message. */
  readonly last: string;
  /** Whether the last message brings the result of a tool. */
  readonly afterTool: boolean;
  readonly inputText: string;
  readonly tools: readonly Tool[];
  /** `none`: no call allowed; `any`: a call is demanded; else the name of the tool demanded. */
  readonly toolChoice: 'auto' | 'none' | 'any' | { readonly name: string };
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly n: number;
  readonly maxTokens: number;
  /** Alternatives wanted beside each token; undefined where no log probabilities are. */
  readonly topLogprobs: number | undefined;
  readonly schema: unknown;
  /** Whether the answer begins with the prompt. */
  readonly echo?: boolean;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const count = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : otherwise;

/** The text of a message's content: a string, or the text of its parts and of tool results among them. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return records(content)
    .map((part) => (typeof part['text'] === 'string' ? part['text'] : textOf(part['content'] ?? '')))
    .join('\n');
}

function readChoice(choice: unknown): Prompt['toolChoice'] {
  if (choice === 'none' || choice === 'auto') return choice;
  if (choice === 'required') return 'any';
  if (!isRecord(choice)) return 'auto';
  const holder = isRecord(choice['function']) ? choice['function'] : choice;
  if (typeof holder['name'] === 'string') return { name: holder['name'] };
  return choice['type'] === 'none' ? 'none' : choice['type'] === 'any' ? 'any' : 'auto';
}

function readTools(body: Record<string, unknown>): Tool[] {
  return records(body['tools']).flatMap((tool) => {
    const holder = isRecord(tool['function']) ? tool['function'] : tool;
    const { name } = holder;
    return typeof name === 'string' ? [{ name, schema: holder['parameters'] ?? holder['input_schema'] }] : [];
  });
}

/** Reads a body leniently: the practice model stands in for an upstream and checks little. */
export function readPrompt(body: Record<string, unknown>): Prompt {
  const messages = records(body['messages']);
  const ofRole = (...roles: string[]) => messages.filter((message) => roles.includes(String(message['role'])));
  const last = messages.at(-1) ?? {};
  const systems = [
    textOf(body['system'] ?? ''),
    ...ofRole('system', 'developer').map((each) => textOf(each['content'])),
  ];
  const format = isRecord(body['response_format']) ? body['response_format']['json_schema'] : undefined;
  const options = body['stream_options'];
  return {
    model: String(body['model']),
    system: systems.filter((text) => text !== '').join('\n'),
    last: textOf(last['content']),
    afterTool: last['role'] === 'tool' || records(last['content']).some((part) => part['type'] === 'tool_result'),
    inputText: [textOf(body['system'] ?? ''), ...messages.map((each) => textOf(each['content']))].join('\n'),
    tools: readTools(body),
    toolChoice: readChoice(body['tool_choice']),
    stream: body['stream'] === true,
    includeUsage: isRecord(options) && options['include_usage'] === true,
    n: Math.min(count(body['n'], 1), 128),
    maxTokens: count(body['max_completion_tokens'] ?? body['max_tokens'], 100_000),
    topLogprobs: body['logprobs'] === true ? Math.min(count(body['top_logprobs'], 0), 20) : undefined,
    schema: isRecord(format) ? format['schema'] : undefined,
  };
}

// Requests of OpenAI's other surfaces in the words of Chat Completions, which the practice model understands.
import { isRecord, readPrompt, type Prompt } from './prompt.ts';

type Body = Record<string, unknown>;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const say = (content: string): unknown[] => [{ role: 'user', content }];

function toMessage(item: unknown): unknown[] {
  if (!isRecord(item)) return [];
  const type = item['type'] ?? 'message';
  if (type === 'message') return [{ role: item['role'], content: item['content'] }];
  return typeof type === 'string' && type.endsWith('call_output') ? [{ role: 'tool', content: item['output'] }] : [];
}

/** A Responses request. */
export function toResponsesPrompt(body: Body): Prompt {
  const { input, instructions } = body;
  const text = isRecord(body['text']) ? body['text']['format'] : undefined;
  return readPrompt({
    ...body,
    messages: [
      ...(typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : []),
      ...(typeof input === 'string' ? say(input) : list(input).flatMap(toMessage)),
    ],
    max_tokens: body['max_output_tokens'],
    logprobs: list(body['include']).includes('message.output_text.logprobs'),
    response_format: { json_schema: text },
  });
}

/** Texts of a list or alone; tokens as the numbers that they are. */
export function toTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  const items = list(value);
  if (typeof items[0] === 'number') return [items.join(' ')];
  return items.map((item) => {
    if (Array.isArray(item)) return item.join(' ');
    return isRecord(item) && typeof item['text'] === 'string' ? item['text'] : typeof item === 'string' ? item : '';
  });
}

/** A legacy completion: all its prompts are answered as the last is. */
export function toCompletionPrompt(body: Body): Prompt {
  const prompts = toTexts(body['prompt'] ?? '');
  const logprobs = typeof body['logprobs'] === 'number';
  const n = prompts.length * (typeof body['n'] === 'number' ? body['n'] : 1);
  const prompt = readPrompt({
    ...body,
    messages: say(prompts.at(-1) ?? ''),
    logprobs,
    top_logprobs: body['logprobs'],
    n,
  });
  return { ...prompt, inputText: prompts.join('\n'), echo: body['echo'] === true };
}

/** A request with texts under `input` (embeddings, moderations, speech) or `prompt` (images). */
export function toTextPrompt(body: Body): Prompt {
  const texts = toTexts(body['input'] ?? body['prompt'] ?? '');
  const prompt = readPrompt({
    ...body,
    model: body['model'] ?? 'practice-echo',
    messages: say(texts.at(-1) ?? ''),
    tools: [],
  });
  return { ...prompt, inputText: texts.join('\n') };
}

/** The fields of a form by name; a file as the number of its bytes. */
export function toFields(body: Body): Record<string, string> {
  return Object.fromEntries(
    list(body['parts'])
      .filter(isRecord)
      .map((part) => {
        const { name, value, bytes } = part;
        return [String(name), bytes instanceof Uint8Array ? `${bytes.length} bytes` : String(value)];
      }),
  );
}

/** A form: its prompt, or for want of one the size of its file, is what was said. */
export function toFormPrompt(body: Body): Prompt {
  const { model, prompt, file, image, n, stream } = toFields(body);
  const text = prompt ?? file ?? image ?? '';
  return readPrompt({ model: model ?? 'practice-echo', messages: say(text), n: Number(n), stream: stream === 'true' });
}

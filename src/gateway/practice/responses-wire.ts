// The practice model's answers in the form of OpenAI's Responses.
import type { Answer } from './answer.ts';
import { CREATED, toLogprobs } from './openai-wire.ts';
import type { Prompt } from './prompt.ts';

type Item = Readonly<Record<string, unknown>>;

const ITEM_ID = { message: 'msg_practice', call: 'fc_practice' } as const;

function toPart(prompt: Prompt, pieces: readonly string[]): Item {
  const logprobs = prompt.topLogprobs === undefined ? [] : toLogprobs(pieces, prompt.topLogprobs).content;
  return { type: 'output_text', text: pieces.join(''), annotations: [], logprobs };
}

function toItem(prompt: Prompt, { call, pieces, end }: Answer): Item {
  if (call !== undefined) {
    const status = 'completed';
    const { name, json } = call;
    return { id: ITEM_ID.call, type: 'function_call', status, call_id: 'call_practice', name, arguments: json };
  }
  const status = end === 'length' ? 'incomplete' : 'completed';
  return { id: ITEM_ID.message, type: 'message', status, role: 'assistant', content: [toPart(prompt, pieces)] };
}

function toResponse(prompt: Prompt, rest: object): object {
  return {
    id: 'resp_practice',
    object: 'response',
    created_at: CREATED,
    error: null,
    incomplete_details: null,
    instructions: prompt.system === '' ? null : prompt.system,
    metadata: {},
    model: prompt.model,
    output: [],
    parallel_tool_calls: true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: prompt.tools.map(({ name, schema }) => ({
      type: 'function',
      name,
      parameters: schema ?? null,
      strict: false,
    })),
    top_p: 1,
    truncation: 'disabled',
    ...rest,
  };
}

export function toResponsesAnswer(prompt: Prompt, answer: Answer): object {
  const { inputTokens, outputTokens, end } = answer;
  return toResponse(prompt, {
    status: end === 'length' ? 'incomplete' : 'completed',
    incomplete_details: end === 'length' ? { reason: 'max_output_tokens' } : null,
    output: [toItem(prompt, answer)],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  });
}

function* toTextEvents(prompt: Prompt, item: Item, { pieces }: Answer): Generator<Item> {
  const at = { item_id: ITEM_ID.message, output_index: 0, content_index: 0 };
  yield { type: 'output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } };
  yield { type: 'content_part.added', ...at, part: toPart(prompt, []) };
  for (const delta of pieces) {
    yield { type: 'output_text.delta', ...at, delta, logprobs: toPart(prompt, [delta])['logprobs'] };
  }
  const part = toPart(prompt, pieces);
  yield { type: 'output_text.done', ...at, text: part['text'], logprobs: part['logprobs'] };
  yield { type: 'content_part.done', ...at, part };
}

function* toCallEvents(item: Item, json: string): Generator<Item> {
  const at = { item_id: ITEM_ID.call, output_index: 0 };
  yield { type: 'output_item.added', output_index: 0, item: { ...item, status: 'in_progress', arguments: '' } };
  for (let i = 0; i < json.length; i += 7) {
    yield { type: 'function_call_arguments.delta', ...at, delta: json.slice(i, i + 7) };
  }
  yield { type: 'function_call_arguments.done', ...at, name: item['name'], arguments: json };
}

/** The events of the streamed answer, one string each. */
export function* toResponsesEvents(prompt: Prompt, answer: Answer): Generator<string> {
  let sequence_number = 0;
  const write = ({ type, ...rest }: Item): string => {
    const name = `response.${String(type)}`;
    return `event: ${name}\ndata: ${JSON.stringify({ type: name, sequence_number: sequence_number++, ...rest })}\n\n`;
  };
  const item = toItem(prompt, answer);
  const begun = toResponse(prompt, { status: 'in_progress' });
  yield write({ type: 'created', response: begun });
  yield write({ type: 'in_progress', response: begun });
  const events = answer.call === undefined ? toTextEvents(prompt, item, answer) : toCallEvents(item, answer.call.json);
  for (const event of events) yield write(event);
  yield write({ type: 'output_item.done', output_index: 0, item });
  const type = answer.end === 'length' ? 'incomplete' : 'completed';
  yield write({ type, response: toResponsesAnswer(prompt, answer) });
}

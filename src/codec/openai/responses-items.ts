// What each place of a Responses item is, in a request's history and in an answer alike.
import {
  ASSISTANT,
  DOCUMENT,
  IDENTIFIER,
  OUTPUT,
  SYSTEM,
  TOOL_ARGUMENT,
  TOOL_DESCRIPTION,
  TOOL_RESULT,
  USER,
  VARIANT,
  oneOf,
  type Place,
  type Shape,
} from '../shape.ts';

const CACHE_BREAKPOINT: Shape = { fields: { mode: oneOf('implicit', 'explicit') } };
const DETAIL = oneOf('auto', 'low', 'high', 'original');
const STATUS = oneOf(
  'in_progress',
  'completed',
  'incomplete',
  'failed',
  'searching',
  'interpreting',
  'generating',
  'calling',
);
const CALLER: Shape = { fields: { type: oneOf('direct', 'program'), caller_id: IDENTIFIER } };
const ENCRYPTED: Shape = { opaque: 'encrypted', mark: 'encrypted' };
const UNKNOWN: Shape = { mark: 'unknown' };
const ANNOTATION: Shape = {
  fields: {
    type: oneOf('file_citation', 'url_citation', 'container_file_citation', 'file_path'),
    file_id: IDENTIFIER,
    container_id: IDENTIFIER,
  },
};

type Fields = Readonly<Record<string, Shape>>;
type Table = Readonly<Record<string, Shape>>;

const picked = (table: Table, otherwise: Shape) => {
  return (node: Readonly<Record<string, unknown>>): Shape => {
    const type = node['type'];
    return typeof type === 'string' && Object.hasOwn(table, type) ? table[type]! : otherwise;
  };
};

/** What the texts of parts and their log probabilities are: `skip` where a reader has its own way with them. */
interface TextShapes {
  readonly texts: Shape;
  readonly logprobs: Shape;
}
const AS_THEY_COME: TextShapes = { texts: {}, logprobs: {} };
/** A whole answer's: log probabilities are cleaned before, what is left repeats the text and nothing else. */
export const CLEANED: TextShapes = { texts: {}, logprobs: { skip: true } };
/** A streamed answer's: its reader puts the texts that were released in their places. */
export const FILLED: TextShapes = { texts: { skip: true }, logprobs: { skip: true } };

function partTable({ texts, logprobs }: TextShapes): Table {
  const part = (type: string, fields: Fields, mark?: Shape['mark']): Shape => ({
    ...(mark !== undefined && { mark }),
    fields: { type: oneOf(type), prompt_cache_breakpoint: CACHE_BREAKPOINT, ...fields },
  });
  return {
    input_text: part('input_text', { text: {} }),
    output_text: part('output_text', { text: texts, annotations: { items: ANNOTATION }, logprobs }),
    text: part('text', { text: texts }),
    refusal: part('refusal', { refusal: texts }),
    summary_text: part('summary_text', { text: texts }),
    reasoning_text: part('reasoning_text', { text: texts }),
    input_image: part('input_image', { image_url: { opaque: 'image' }, file_id: {}, detail: DETAIL }, 'image'),
    computer_screenshot: part('computer_screenshot', { image_url: { opaque: 'image' }, file_id: {} }, 'image'),
    input_file: part(
      'input_file',
      { file_data: { opaque: 'file' }, file_url: {}, file_id: {}, filename: {}, detail: DETAIL },
      'file',
    ),
    input_audio: part(
      'input_audio',
      { input_audio: { fields: { data: { opaque: 'audio' }, format: oneOf('wav', 'mp3') } } },
      'audio',
    ),
    output_audio: part('output_audio', { data: { opaque: 'audio' }, transcript: {} }, 'audio'),
  };
}

/** A part of a message or of a tool's result, by its type. */
export const toPart = (shapes: TextShapes): Shape => ({ pick: picked(partTable(shapes), UNKNOWN) });
const PART = toPart(AS_THEY_COME);

const at = (place: Place): Shape => ({ place });

/** Definitions of tools. */
export const TOOLS: Shape = {
  place: TOOL_DESCRIPTION,
  items: {
    fields: {
      type: oneOf(
        'function',
        'custom',
        'namespace',
        'mcp',
        'web_search',
        'file_search',
        'code_interpreter',
        'image_generation',
        'local_shell',
        'shell',
        'apply_patch',
        'computer',
        'tool_search',
      ),
      name: {},
      description: {},
      parameters: {},
      tools: {},
      environment: { fields: { type: oneOf('local') } },
      execution: oneOf('client', 'server'),
      search_context_size: oneOf('low', 'medium', 'high'),
      format: { fields: { type: oneOf('text', 'grammar'), syntax: oneOf('lark', 'regex') } },
    },
  },
};

function itemTable(shapes: TextShapes, message: Shape, thought: Place): Table {
  const part = toPart(shapes);
  const item = (type: string, place: Place, fields: Fields, mark?: Shape['mark']): Shape => ({
    place,
    ...(mark !== undefined && { mark }),
    fields: {
      type: oneOf(type),
      id: IDENTIFIER,
      call_id: IDENTIFIER,
      status: STATUS,
      caller: CALLER,
      created_by: IDENTIFIER,
      ...fields,
    },
  });
  const call = (type: string, fields: Fields): Shape => item(type, TOOL_ARGUMENT, fields);
  const result = (type: string, fields: Fields): Shape => item(type, TOOL_RESULT, fields);
  const action: Shape = { fields: { type: VARIANT, button: VARIANT } };
  return {
    message,
    reasoning: item('reasoning', thought, {
      summary: { items: part },
      content: { items: part },
      encrypted_content: ENCRYPTED,
    }),
    function_call: call('function_call', { name: {}, namespace: {}, arguments: { json: true } }),
    function_call_output: result('function_call_output', { output: { items: PART } }),
    custom_tool_call: call('custom_tool_call', { name: {}, namespace: {}, input: {} }),
    custom_tool_call_output: result('custom_tool_call_output', { output: { items: PART } }),
    web_search_call: call('web_search_call', {
      action: {
        fields: {
          type: oneOf('search', 'open_page', 'find_in_page'),
          sources: { place: TOOL_RESULT, items: { fields: { type: oneOf('url'), url: {} } } },
        },
      },
    }),
    file_search_call: call('file_search_call', {
      queries: {},
      results: { place: DOCUMENT, items: { fields: { file_id: IDENTIFIER } } },
    }),
    code_interpreter_call: call('code_interpreter_call', {
      code: shapes.texts,
      container_id: IDENTIFIER,
      outputs: {
        place: TOOL_RESULT,
        items: { pick: ({ type }) => (type === 'logs' ? LOGS : type === 'image' ? IMAGE_OUTPUT : UNKNOWN) },
      },
    }),
    image_generation_call: call('image_generation_call', {
      result: { opaque: 'image', mark: 'image' },
      action: VARIANT,
      background: VARIANT,
      output_format: VARIANT,
      quality: VARIANT,
    }),
    computer_call: call('computer_call', { action, actions: { items: action } }),
    computer_call_output: result('computer_call_output', { output: PART }),
    local_shell_call: call('local_shell_call', { action }),
    local_shell_call_output: result('local_shell_call_output', { output: {} }),
    shell_call: call('shell_call', { environment: { fields: { type: VARIANT, container_id: IDENTIFIER } } }),
    shell_call_output: result('shell_call_output', { output: { items: { fields: { outcome: action } } } }),
    apply_patch_call: call('apply_patch_call', { operation: action }),
    apply_patch_call_output: result('apply_patch_call_output', { output: {} }),
    mcp_call: call('mcp_call', {
      name: {},
      arguments: { json: true },
      approval_request_id: IDENTIFIER,
      output: at(TOOL_RESULT),
      error: at(TOOL_RESULT),
    }),
    mcp_list_tools: item('mcp_list_tools', TOOL_DESCRIPTION, { tools: {}, error: at(TOOL_RESULT) }),
    mcp_approval_request: call('mcp_approval_request', { name: {}, arguments: { json: true } }),
    mcp_approval_response: item('mcp_approval_response', USER, { approval_request_id: IDENTIFIER, reason: {} }),
    tool_search_call: call('tool_search_call', { arguments: {}, execution: oneOf('client', 'server') }),
    tool_search_output: result('tool_search_output', { tools: TOOLS, execution: oneOf('client', 'server') }),
    additional_tools: item('additional_tools', TOOL_DESCRIPTION, { tools: TOOLS, role: VARIANT }),
    program: call('program', { code: {}, fingerprint: { opaque: 'encrypted' } }),
    program_output: result('program_output', { result: {} }),
    compaction: item('compaction', thought, { encrypted_content: ENCRYPTED }, 'encrypted'),
    compaction_trigger: item('compaction_trigger', thought, {}),
    item_reference: item('item_reference', USER, {}),
  };
}

const LOGS: Shape = { fields: { type: oneOf('logs'), logs: {} } };
const IMAGE_OUTPUT: Shape = { mark: 'image', fields: { type: oneOf('image'), url: {} } };

const message = (place: Place, shapes: TextShapes): Shape => ({
  place,
  fields: {
    type: oneOf('message'),
    id: IDENTIFIER,
    status: STATUS,
    role: oneOf('system', 'developer', 'user', 'assistant'),
    phase: oneOf('commentary', 'final_answer'),
    content: { items: toPart(shapes) },
  },
});

const BY_ROLE: Table = {
  system: message(SYSTEM, AS_THEY_COME),
  developer: message(SYSTEM, AS_THEY_COME),
  assistant: message(ASSISTANT, AS_THEY_COME),
  user: message(USER, AS_THEY_COME),
};

/** A message of a request is what its role says; a role that is not known counts as the user's. */
const ASKED_MESSAGE: Shape = {
  pick: ({ role }) => (typeof role === 'string' && Object.hasOwn(BY_ROLE, role) ? BY_ROLE[role]! : BY_ROLE['user']!),
};

const ASKED = itemTable(AS_THEY_COME, ASKED_MESSAGE, ASSISTANT);

/** An item of a request's input. One without a type is a message where it has a role, and a reference where not. */
export const INPUT_ITEM: Shape = {
  place: USER,
  pick: (node) => {
    const type = node['type'] ?? (node['role'] === undefined ? 'item_reference' : 'message');
    if (type === 'message') return ASKED_MESSAGE.pick!(node);
    return typeof type === 'string' && Object.hasOwn(ASKED, type) ? ASKED[type]! : UNKNOWN;
  },
};

/** An item of an answer. */
export const toOutputItem = (shapes: TextShapes): Shape => ({
  pick: picked(itemTable(shapes, message(OUTPUT, shapes), OUTPUT), { ...UNKNOWN, place: TOOL_ARGUMENT }),
});

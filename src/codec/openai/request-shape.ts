// What each place of a Chat Completions request is.
import {
  ASSISTANT,
  IDENTIFIER,
  METADATA,
  SYSTEM,
  TOOL_ARGUMENT,
  TOOL_DESCRIPTION,
  TOOL_RESULT,
  USER,
  oneOf,
  type Place,
  type Shape,
} from '../shape.ts';

const CACHE_BREAKPOINT: Shape = { fields: { mode: oneOf('implicit', 'explicit') } };

const partType = (name: string): Shape => oneOf(name);

const PARTS: Readonly<Record<string, Shape>> = {
  text: { fields: { type: partType('text'), text: {}, prompt_cache_breakpoint: CACHE_BREAKPOINT } },
  refusal: { fields: { type: partType('refusal'), refusal: {} } },
  image_url: {
    mark: 'image',
    fields: {
      type: partType('image_url'),
      image_url: { opaque: 'image', fields: { url: { opaque: 'image' }, detail: oneOf('auto', 'low', 'high') } },
      prompt_cache_breakpoint: CACHE_BREAKPOINT,
    },
  },
  input_audio: {
    mark: 'audio',
    fields: {
      type: partType('input_audio'),
      input_audio: { fields: { data: { opaque: 'audio' }, format: oneOf('wav', 'mp3') } },
      prompt_cache_breakpoint: CACHE_BREAKPOINT,
    },
  },
  file: {
    mark: 'file',
    fields: {
      type: partType('file'),
      file: { fields: { file_data: { opaque: 'file' }, file_id: {}, filename: {} } },
      prompt_cache_breakpoint: CACHE_BREAKPOINT,
    },
  },
  video_url: { mark: 'video' },
};

/** A part of a type that is not known here may carry what no text detector can read. */
const UNKNOWN_PART: Shape = { mark: 'unknown' };

/** The content of a message: a string, or parts by type. */
export const CONTENT: Shape = {
  items: {
    pick: (part) => {
      const type = part['type'];
      return typeof type === 'string' && Object.hasOwn(PARTS, type) ? PARTS[type]! : UNKNOWN_PART;
    },
  },
};

const named = (place: Place): Shape => ({ place });

/** A call of a tool, in a request's history and in an answer alike. */
export const TOOL_CALL: Shape = {
  place: TOOL_ARGUMENT,
  fields: {
    id: IDENTIFIER,
    type: oneOf('function', 'custom'),
    function: { fields: { name: named(TOOL_ARGUMENT), arguments: { json: true } } },
    custom: { fields: { name: named(TOOL_ARGUMENT), input: {} } },
  },
};

const ROLES = oneOf('system', 'developer', 'user', 'assistant', 'tool', 'function');

function message(place: Place): Shape {
  return {
    place,
    fields: {
      role: ROLES,
      content: CONTENT,
      name: { place: { channel: 'metadata', origin: 'identifier' } },
      refusal: {},
      tool_calls: { items: TOOL_CALL },
      function_call: { place: TOOL_ARGUMENT, fields: { name: {}, arguments: { json: true } } },
      tool_call_id: IDENTIFIER,
      // An answer spoken before, which the provider keeps under this id.
      audio: { mark: 'audio', fields: { id: IDENTIFIER } },
    },
  };
}

const BY_ROLE: Readonly<Record<string, Shape>> = {
  system: message(SYSTEM),
  developer: message(SYSTEM),
  user: message(USER),
  assistant: message(ASSISTANT),
  tool: message(TOOL_RESULT),
  function: message(TOOL_RESULT),
};

const FUNCTION: Shape = { place: TOOL_DESCRIPTION, fields: { name: {}, description: {}, parameters: {} } };
const TOOL: Shape = {
  place: TOOL_DESCRIPTION,
  fields: {
    type: oneOf('function', 'custom'),
    function: FUNCTION,
    custom: {
      fields: {
        name: {},
        description: {},
        format: {
          fields: {
            type: oneOf('text', 'grammar'),
            grammar: { fields: { definition: {}, syntax: oneOf('lark', 'regex') } },
          },
        },
      },
    },
  },
};

const EFFORTS = oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh');

export const REQUEST: Shape = {
  place: METADATA,
  fields: {
    model: IDENTIFIER,
    messages: {
      items: {
        pick: (node) => {
          const role = node['role'];
          return typeof role === 'string' && Object.hasOwn(BY_ROLE, role) ? BY_ROLE[role]! : BY_ROLE['user']!;
        },
      },
    },
    tools: { items: TOOL },
    functions: { items: FUNCTION },
    tool_choice: oneOf('none', 'auto', 'required'),
    function_call: oneOf('none', 'auto'),
    response_format: {
      place: TOOL_DESCRIPTION,
      fields: { type: oneOf('text', 'json_object', 'json_schema'), json_schema: {} },
    },
    prediction: { place: USER, fields: { type: oneOf('content'), content: CONTENT } },
    modalities: { items: oneOf('text', 'audio') },
    reasoning_effort: EFFORTS,
    verbosity: oneOf('low', 'medium', 'high'),
    service_tier: oneOf('auto', 'default', 'flex', 'scale', 'priority'),
    prompt_cache_retention: oneOf('in_memory', 'in-memory', '24h'),
    stream_options: {},
    max_tokens: {},
    max_completion_tokens: {},
    n: {},
    stream: {},
    store: {},
    web_search_options: {},
    preset: {},
    previous_response_id: {},
    conversation: {},
    prompt: {},
    background: {},
    thread_id: {},
    plugins: {},
    models: {},
    fallbacks: {},
    search_parameters: {},
    tool_resources: {},
    mcp_servers: {},
  },
};

// What each place of a Messages content block is, in requests and answers alike.
import {
  DOCUMENT,
  IDENTIFIER,
  SIGNATURE,
  TOOL_ARGUMENT,
  TOOL_RESULT,
  oneOf,
  type Place,
  type Shape,
} from '../shape.ts';

export const CACHE_CONTROL: Shape = { fields: { type: oneOf('ephemeral'), ttl: oneOf('5m', '1h') } };

const type = (name: string): Shape => oneOf(name);
const CALLER: Shape = {
  fields: { type: oneOf('direct', 'code_execution_20250825', 'code_execution_20260120'), tool_id: IDENTIFIER },
};

const IMAGE: Shape = {
  mark: 'image',
  fields: {
    type: type('image'),
    source: {
      fields: {
        type: oneOf('base64', 'url', 'file'),
        data: { opaque: 'image' },
        media_type: oneOf('image/jpeg', 'image/png', 'image/gif', 'image/webp'),
      },
    },
    cache_control: CACHE_CONTROL,
  },
};

const SOURCE_TYPES = oneOf('base64', 'url', 'file', 'text', 'content');
const MEDIA_TYPES = oneOf('text/plain', 'application/pdf');

/** Text that stands in the request can be read; a PDF, an address or the id of a kept file cannot. */
const SOURCE: Shape = {
  pick: (source) =>
    source['type'] === 'text' || source['type'] === 'content'
      ? { fields: { type: SOURCE_TYPES, media_type: MEDIA_TYPES, data: {}, content: BLOCKS } }
      : { mark: 'file', fields: { type: SOURCE_TYPES, media_type: MEDIA_TYPES, data: { opaque: 'file' } } },
};

const DOCUMENT_BLOCK: Shape = {
  place: DOCUMENT,
  fields: { type: type('document'), source: SOURCE, title: {}, context: {}, cache_control: CACHE_CONTROL },
};

const TOOL_USE: Shape = {
  place: TOOL_ARGUMENT,
  fields: {
    type: oneOf('tool_use', 'server_tool_use', 'mcp_tool_use'),
    id: IDENTIFIER,
    name: {},
    // An object, or in a stream what its pieces make where that is none.
    input: { json: true },
    caller: CALLER,
    cache_control: CACHE_CONTROL,
  },
};

const result = (name: string): Shape => ({
  place: TOOL_RESULT,
  fields: { type: type(name), tool_use_id: IDENTIFIER, content: BLOCKS, caller: CALLER, cache_control: CACHE_CONTROL },
});

const CITATIONS: Shape = {
  items: {
    fields: {
      type: oneOf(
        'char_location',
        'page_location',
        'content_block_location',
        'web_search_result_location',
        'search_result_location',
      ),
      encrypted_index: { opaque: 'encrypted' },
    },
  },
};

const BY_TYPE: Readonly<Record<string, Shape>> = {
  text: { fields: { type: type('text'), text: {}, citations: CITATIONS, cache_control: CACHE_CONTROL } },
  thinking: { fields: { type: type('thinking'), thinking: {}, signature: SIGNATURE } },
  redacted_thinking: {
    mark: 'encrypted',
    fields: { type: type('redacted_thinking'), data: { opaque: 'encrypted' } },
  },
  image: IMAGE,
  document: DOCUMENT_BLOCK,
  search_result: {
    place: DOCUMENT,
    fields: {
      type: type('search_result'),
      source: {},
      title: {},
      get content() {
        return BLOCKS;
      },
      cache_control: CACHE_CONTROL,
    },
  },
  tool_use: TOOL_USE,
  server_tool_use: TOOL_USE,
  mcp_tool_use: TOOL_USE,
  container_upload: { mark: 'file', fields: { type: type('container_upload'), file_id: IDENTIFIER } },
  web_search_result: {
    fields: { type: type('web_search_result'), encrypted_content: { opaque: 'encrypted' } },
  },
  web_fetch_result: {
    fields: {
      type: type('web_fetch_result'),
      get content() {
        return BLOCK;
      },
    },
  },
  tool_reference: { fields: { type: type('tool_reference') } },
};

const UNKNOWN_BLOCK: Shape = { mark: 'unknown' };

/** One content block, by its type. Results of hosted tools have a type that ends in `tool_result`. */
export const BLOCK: Shape = {
  pick: (block) => {
    const name = block['type'];
    if (typeof name !== 'string') return UNKNOWN_BLOCK;
    if (Object.hasOwn(BY_TYPE, name)) return BY_TYPE[name]!;
    return name.length < 60 && /^[a-z_]*tool_result$/.test(name) ? result(name) : UNKNOWN_BLOCK;
  },
};

/** Content: a string, a list of blocks, or (for results of hosted tools) one block. */
export const BLOCKS: Shape = { items: BLOCK };

/** Content of a given channel. */
export function contentOf(place: Place): Shape {
  return { place, items: BLOCK };
}

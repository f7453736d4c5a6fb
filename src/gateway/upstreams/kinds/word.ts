// A request in the words that all kinds share: body, content type, what is taken for an answer.
import type { OutletRequest } from '../../../net/index.ts';
import type { Ask } from '../door.ts';

/** Headers of the caller that mean something to OpenAI's dialect, and to Anthropic's. */
export const OPENAI_HEADERS = ['openai-beta'] as const;
export const ANTHROPIC_HEADERS = ['anthropic-version', 'anthropic-beta'] as const;

export interface Words {
  readonly path: string;
  /** Ours: they stand above those of the caller. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names of the caller's headers that are sent on. */
  readonly passes: readonly string[];
}

/** The caller's headers of these names. */
function pick(headers: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.includes(name)));
}

function acceptOf({ surface, stream }: Ask): string {
  if (stream) return 'text/event-stream';
  return surface.parseAnswer === undefined ? 'application/json' : '*/*';
}

/** The request as the surface encodes it. */
export function wordRequest(ask: Ask, { path, headers, passes }: Words): OutletRequest {
  const { surface, body } = ask;
  const wire = surface.encodeBody?.(body) ?? {
    contentType: 'application/json',
    bytes: Buffer.from(JSON.stringify(body)),
  };
  return {
    method: 'POST',
    path,
    headers: {
      ...pick(ask.headers, passes),
      ...headers,
      'content-type': wire.contentType,
      accept: acceptOf(ask),
      'accept-encoding': 'identity',
    },
    body: wire.bytes,
  };
}

// What the requests without a conversation have in common: texts, a model, and fields that ask for more than an answer.
import type { Capability, Segment } from '../../contract/index.ts';
import { checkName, checkObject, type Json } from '../checks.ts';
import { IDENTIFIER, METADATA, type Shape } from '../shape.ts';
import type { RequestView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { HOSTED_FIELDS, STATE_FIELDS, capabilitiesOfName, given, toConversationKey } from './chat-request.ts';

/** `prompt` is a text here, not a template that the provider keeps. */
const PLAIN_STATE_FIELDS = STATE_FIELDS.filter((name) => name !== 'prompt');

const UNSEEN: Readonly<Record<string, Shape>> = Object.fromEntries(
  [...PLAIN_STATE_FIELDS, ...HOSTED_FIELDS, 'mcp_servers', 'tools', 'stream', 'n'].map((name) => [name, {}]),
);

/** The shape of a request with these fields besides the common ones. */
export function plainShape(fields: Readonly<Record<string, Shape>>): Shape {
  return { place: METADATA, fields: { ...UNSEEN, model: IDENTIFIER, ...fields } };
}

/** What a body asks of the provider that cannot be seen here. */
function readUnseen(body: Json): Capability[] {
  const found = new Set(capabilitiesOfName(body['model']));
  if (HOSTED_FIELDS.some((name) => given(body[name])) || given(body['tools'])) found.add('hosted_tool');
  if (given(body['mcp_servers'])) found.add('caller_tool_server');
  if (PLAIN_STATE_FIELDS.some((name) => given(body[name]))) found.add('stored_state');
  return [...found];
}

/** Each request is a conversation of its own, told by its first text. */
function toKey(segments: readonly Segment[]): string {
  const first = segments.find(({ channel }) => channel !== 'metadata');
  return first === undefined ? '' : toConversationKey([{ ...first, channel: 'user' }]);
}

export interface PlainAnswers {
  readonly stream?: boolean;
  readonly n?: number;
  readonly maxOutputTokens?: number | undefined;
  readonly includeUsage?: boolean;
  /** The model that the interface takes where the request names none; without it one must be named. */
  readonly defaultModel?: string;
}

/** The view of a request whose `fields` are its members by name. @throws AncileError `request_invalid` */
export function toPlainView(body: unknown, fields: Json, shape: Shape, answers: PlainAnswers): RequestView {
  const { stream = false, n = 1, maxOutputTokens, includeUsage = true, defaultModel } = answers;
  const model =
    given(fields['model']) || defaultModel === undefined ? checkName(fields['model'], 'model') : defaultModel;
  const { segments, uninspected } = readByShape(body, shape, METADATA, { refuseCaseVariants: true });
  return {
    model,
    stream,
    n,
    includeUsage,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    capabilities: readUnseen(fields),
    systemPrompts: [],
    conversationKey: toKey(segments),
    segments,
    uninspected,
  };
}

/** Puts the upstream's model name in. Changes `body`. */
export function prepareModel(body: unknown, model: string): void {
  checkObject(body, 'the request body')['model'] = model;
}

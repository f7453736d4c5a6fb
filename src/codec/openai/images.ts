// Images made from a text, changed by one, or varied: the texts are judged, the images are said to be unread.
import { AncileError, isObject } from '../../base/index.ts';
import { checkCount, checkFlag, checkObject, checkText, invalid, readCount, type Json } from '../checks.ts';
import { OUTPUT, USER, VARIANT, oneOf, type Shape } from '../shape.ts';
import type { RequestView, ResponseView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { MODEL_FIELD, asMembers, checkForm, formShape, readFields, toFlag, toNumber, type FormKind } from './forms.ts';
import { plainShape, toPlainView } from './plain-request.ts';

/** The model that the interface takes where none is named. */
const DEFAULT_MODEL = 'dall-e-2';
const MAX_IMAGES = 10;

const SIZE: Shape = { known: (text) => /^(?:auto|\d{2,4}x\d{2,4})$/.test(text) };
const OPTIONS: Readonly<Record<string, Shape>> = {
  prompt: { place: USER },
  size: SIZE,
  quality: VARIANT,
  style: oneOf('vivid', 'natural'),
  background: oneOf('transparent', 'opaque', 'auto'),
  moderation: oneOf('low', 'auto'),
  output_format: oneOf('png', 'jpeg', 'webp'),
  response_format: oneOf('url', 'b64_json'),
  input_fidelity: oneOf('high', 'low'),
  partial_images: {},
  output_compression: {},
};

const GENERATION = plainShape(OPTIONS);

function checkWhole(stream: boolean): void {
  if (!stream) return;
  throw new AncileError('request_invalid', 'images are not streamed', { at: 'stream', hint: 'Ask without stream.' });
}

function toView(body: unknown, members: Json, shape: Shape): RequestView {
  const n = checkCount(members['n'], 'n', MAX_IMAGES) ?? 1;
  return toPlainView(body, members, shape, { n, defaultModel: DEFAULT_MODEL });
}

/** Reads the body of `POST /v1/images/generations`. @throws AncileError `request_invalid`. */
export function readImageRequest(value: unknown): RequestView {
  const body = checkObject(value, 'the request body');
  checkText(body['prompt'], 'prompt');
  checkWhole(checkFlag(body['stream'], 'stream'));
  return toView(body, body, GENERATION);
}

const EDIT: FormKind = {
  fields: { ...OPTIONS, model: MODEL_FIELD, n: {}, stream: {}, user: {} },
  files: { image: 'image', mask: 'image' },
  lists: ['image'],
};
const EDIT_SHAPE = formShape(EDIT);

function readForm(value: unknown, needsPrompt: boolean): RequestView {
  const form = checkForm(value);
  const fields = readFields(form, EDIT);
  if (needsPrompt) checkText(fields['prompt'], 'prompt');
  if (!form.parts.some((part) => /^image(?:\[\d{0,3}\])?$/.test(part.name))) throw invalid('image', 'a file');
  checkWhole(toFlag(fields['stream'], 'stream'));
  return toView(form, { ...asMembers(fields), n: toNumber(fields['n']) }, EDIT_SHAPE);
}

/** Reads the form of `POST /v1/images/edits`. @throws AncileError `request_invalid`. */
export const readImageEdit = (value: unknown): RequestView => readForm(value, true);

/** Reads the form of `POST /v1/images/variations`. @throws AncileError `request_invalid`. */
export const readImageVariation = (value: unknown): RequestView => readForm(value, false);

const IMAGES: Shape = {
  place: OUTPUT,
  fields: {
    created: oneOf(),
    background: VARIANT,
    output_format: VARIANT,
    quality: VARIANT,
    size: SIZE,
    data: { items: { mark: 'image', fields: { b64_json: { opaque: 'image' } } } },
  },
};

/**
 * Reads a whole answer. Addresses of images and the prompts that the provider made of the caller's are output texts.
 * @throws AncileError `upstream_malformed`.
 */
export function readImages(value: unknown): ResponseView {
  if (!isObject(value) || !Array.isArray(value['data']) || !value['data'].every(isObject)) {
    const at = 'data';
    throw new AncileError('upstream_malformed', "data of the upstream's answer is not an array of objects", { at });
  }
  const usage = isObject(value['usage']) ? value['usage'] : {};
  const inputTokens = readCount(usage['input_tokens']);
  const outputTokens = readCount(usage['output_tokens']);
  return {
    ...readByShape(value, IMAGES, OUTPUT),
    finishReasons: [],
    ...(inputTokens !== undefined && outputTokens !== undefined && { usage: { inputTokens, outputTokens } }),
  };
}

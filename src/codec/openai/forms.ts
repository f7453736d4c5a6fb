// The requests that come as forms (edits of images, transcripts): their fields by name, and what each part is.
import { isObject } from '../../base/index.ts';
import { invalid, type Json } from '../checks.ts';
import { encodeMultipart, parseMultipart, type Form, type FormField, type FormFile } from '../multipart.ts';
import { IDENTIFIER, METADATA, type Shape } from '../shape.ts';
import type { LlmSurface } from '../surface.ts';
import type { Uninspected } from '../../contract/index.ts';

/** What a form may hold. Fields not named here pass as texts, files not named here as files. */
export interface FormKind {
  /** Fields by name, without the `[]` of lists. */
  readonly fields: Readonly<Record<string, Shape>>;
  readonly files: Readonly<Record<string, Uninspected>>;
  /** Fields that are lists: their names may end in `[]` or `[n]`, and come more than once. */
  readonly lists: readonly string[];
}

/** The fields of text by name, for checks: those of lists are left out. */
export type FormFields = Readonly<Record<string, string | undefined>>;

const isFile = (part: FormField | FormFile): part is FormFile => 'bytes' in part;

/** @throws AncileError `request_invalid` for a body that is no form */
export function checkForm(body: unknown): Form {
  if (isObject(body) && Array.isArray(body['parts'])) return body as unknown as Form;
  throw invalid('the request body', 'a form (multipart/form-data)');
}

/** The name that readers which fold case and brackets would take a name for. */
function foldName(name: string): string {
  return name
    .replace(/[[.].*$/s, '')
    .trim()
    .toUpperCase()
    .toLowerCase();
}

function checkName(name: string, kind: FormKind, file: boolean): void {
  const folded = foldName(name);
  const list = kind.lists.includes(folded);
  if (name !== folded && !(list && /^[a-z_]+\[\d{0,3}\]$/.test(name))) {
    const known = Object.hasOwn(kind.fields, folded) || Object.hasOwn(kind.files, folded);
    if (known && !/^chunking_strategy\[[a-z_]{1,40}\]$/.test(name)) throw invalid(folded, 'named as it is documented');
  }
  if (file && Object.hasOwn(kind.fields, folded)) throw invalid(folded, 'a field of text, not a file');
  if (!file && Object.hasOwn(kind.files, folded)) throw invalid(folded, 'a file, with a file name');
}

/**
 * Checks names and repetitions, and answers the fields. A field that comes twice is refused: of two values some
 * readers take the first and others the last.
 */
export function readFields(form: Form, kind: FormKind): FormFields {
  const fields: Record<string, string> = {};
  const seen = new Set<string>();
  for (const part of form.parts) {
    checkName(part.name, kind, isFile(part));
    if (!kind.lists.includes(foldName(part.name))) {
      if (seen.has(part.name)) throw invalid('the form', 'without a field that comes twice');
      seen.add(part.name);
      if (!isFile(part)) fields[part.name] = part.value;
    }
  }
  return fields;
}

/** A number in a field, as JSON would have it. */
export function toNumber(value: string | undefined): unknown {
  return value === undefined || !/^\d{1,9}$/.test(value) ? value : Number(value);
}

/** A truth value in a field. @throws AncileError `request_invalid` */
export function toFlag(value: string | undefined, at: string): boolean {
  if (value === undefined || value === '' || value === 'false') return false;
  if (value !== 'true') throw invalid(at, 'true or false');
  return true;
}

/** The shape of a form of this kind. */
export function formShape(kind: FormKind): Shape {
  const shapes = new Map<string, Shape>();
  const ofPart = (name: string, file: boolean): Shape => {
    const key = `${file ? 'file' : 'field'} ${foldName(name)}`;
    let shape = shapes.get(key);
    if (shape === undefined) {
      const known = Object.hasOwn(kind.fields, foldName(name)) || Object.hasOwn(kind.files, foldName(name));
      const label: Shape = known ? { known: (text) => /^[a-z_]{1,40}(?:\[\w{0,40}\])?$/.test(text) } : {};
      const mark = Object.hasOwn(kind.files, foldName(name)) ? kind.files[foldName(name)]! : 'file';
      const value = Object.hasOwn(kind.fields, foldName(name)) ? kind.fields[foldName(name)]! : {};
      shape = file
        ? { mark, fields: { name: label, filename: {}, contentType: MEDIA_TYPE, bytes: { skip: true } } }
        : { fields: { name: label, value } };
      if (known) shapes.set(key, shape);
    }
    return shape;
  };
  return {
    place: METADATA,
    fields: { parts: { items: { pick: (part) => ofPart(String(part['name']), 'bytes' in part) } } },
  };
}

const MEDIA_TYPE: Shape = {
  place: { channel: 'metadata', origin: 'identifier' },
  known: (text) => /^(?:audio|image|video|application)\/[a-z0-9.+-]{1,40}$/.test(text),
};

/** The model's name: a field like any other, and the route's to choose. */
export const MODEL_FIELD: Shape = IDENTIFIER;

/** Puts the upstream's model name in. Changes `body`. */
export function prepareForm(body: unknown, model: string): void {
  const { parts } = checkForm(body);
  const field = parts.find((part): part is FormField => part.name === 'model' && !isFile(part));
  if (field === undefined) parts.push({ name: 'model', value: model });
  else field.value = model;
}

/** What every surface of forms has. */
export const FORM_BODY: Pick<LlmSurface, 'parseBody' | 'encodeBody' | 'prepareUpstream'> = {
  parseBody: (bytes, contentType, bounds) => parseMultipart(bytes, contentType, bounds),
  encodeBody: (body) => encodeMultipart(checkForm(body)),
  prepareUpstream: prepareForm,
};

/** The fields as the members of a JSON body would be. */
export const asMembers = (fields: FormFields): Json => ({ ...fields });

// Forms of files and fields (multipart/form-data, RFC 7578), read strictly and written anew: two readers of one form
// must not see two requests.
import { AncileError } from '../base/index.ts';
import type { BodyBounds, WireBody } from './surface.ts';

/** A field of text. */
export interface FormField {
  readonly name: string;
  value: string;
}

/** A file. Nobody reads its bytes here. */
export interface FormFile {
  readonly name: string;
  filename: string;
  contentType: string;
  readonly bytes: Uint8Array;
}

/** The parts of a form in their order: plain data, so that it can be walked and copied like parsed JSON. */
export interface Form {
  readonly parts: (FormField | FormFile)[];
}

/** Parts of one form. */
const MAX_PARTS = 256;
/** Bytes that the headers of one part may have together. */
const MAX_HEADERS = 4096;
/** Bytes of one field's text. */
const MAX_TEXT = 1_000_000;

const BOUNDARY =
  /^multipart\/form-data[\t ]*;[\t ]*boundary=(?:"([\w'()+,./:=? -]{0,69}[\w'()+,./:=?-])"|([\w'+.-]{1,70}))[\t ]*$/i;
const CONTENT_TYPE =
  /^[a-z0-9][\w.+-]{0,63}\/[a-z0-9][\w.+-]{0,63}(?:[\t ]*;[\t ]*[\w-]{1,40}=(?:[\w.-]{1,60}|"[\w.-]{1,60}"))*$/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function refuse(problem: string, hint = 'Send the form as the official clients do.'): AncileError {
  return new AncileError('request_invalid', `the form is not acceptable: ${problem}`, { at: 'the request body', hint });
}

function readBoundary(contentType: string | undefined): Buffer {
  const match = BOUNDARY.exec(contentType ?? '');
  if (match === null) {
    throw new AncileError('request_invalid', 'the content type must be multipart/form-data with a boundary', {
      at: 'content-type',
      hint: 'Send a form, with its boundary as the only parameter of the content type.',
    });
  }
  return Buffer.from(match[1] ?? match[2]!, 'latin1');
}

function decode(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw refuse(`${what} is not valid UTF-8`);
  }
}

/** The parameters of a part's disposition: a name, and a file's name. Escapes are refused, for readers differ on them. */
function readDisposition(value: string): { name: string; filename?: string } {
  const match = /^form-data; ?name="([^"\\\r\n]{1,200})"(?:; ?filename="([^"\\\r\n]{0,500})")?$/.exec(value);
  if (match === null) throw refuse('a part has no plain content-disposition with a name');
  return { name: match[1]!, ...(match[2] !== undefined && { filename: match[2] }) };
}

function readHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const match = /^([A-Za-z-]{1,40}): ?([^\r\n\0]*[^\r\n\0\t ])$/.exec(line);
    if (match === null) throw refuse('a header of a part is malformed');
    const name = match[1]!.toLowerCase();
    if (headers.has(name)) throw refuse('a part has a header twice');
    headers.set(name, match[2]!);
  }
  return headers;
}

function readPart(head: string, bytes: Buffer): FormField | FormFile {
  const headers = readHeaders(head);
  const { name, filename } = readDisposition(headers.get('content-disposition') ?? '');
  for (const header of headers.keys()) {
    // An encoding of the bytes is decoded by some readers and not by others.
    if (!['content-disposition', 'content-type', 'content-length'].includes(header))
      throw refuse('a part has a header that a form does not have');
  }
  const contentType = headers.get('content-type');
  if (contentType !== undefined && !CONTENT_TYPE.test(contentType))
    throw refuse('the content type of a part is malformed');
  if (filename !== undefined) {
    return { name, filename, contentType: contentType ?? 'application/octet-stream', bytes };
  }
  if (/charset=(?!"?utf-?8)/i.test(contentType ?? '')) throw refuse('a field is not in UTF-8');
  if (bytes.length > MAX_TEXT) throw refuse(`a field is longer than ${MAX_TEXT} bytes`);
  return { name, value: decode(bytes, 'a field') };
}

/**
 * Reads a form. Refused besides malformed ones: what readers differ on (text before the first or after the last
 * boundary, other line ends, escaped or extended names, transfer encodings, headers twice) and more than 256 parts.
 * @throws AncileError `request_invalid`, `body_too_large`
 */
export function parseMultipart(bytes: Buffer, contentType: string | undefined, bounds: BodyBounds): Form {
  if (bytes.length > bounds.maxBytes) {
    const message = `the request body is larger than ${bounds.maxBytes} bytes`;
    throw new AncileError('body_too_large', message, { hint: 'Send less at a time.' });
  }
  const boundary = readBoundary(contentType);
  const delimiter = Buffer.concat([Buffer.from('\r\n--'), boundary]);
  // The first delimiter may lack its line end.
  if (!bytes.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2)))
    throw refuse('it does not begin with its boundary');
  const parts: (FormField | FormFile)[] = [];
  let at = delimiter.length - 2;
  for (;;) {
    const after = bytes.toString('latin1', at, at + 2);
    if (after === '--') break;
    if (after !== '\r\n') throw refuse('a boundary does not end its line');
    if (parts.length >= MAX_PARTS) throw refuse(`it has more than ${MAX_PARTS} parts`);
    const from = at + 2;
    const gap = bytes.subarray(from, from + MAX_HEADERS).indexOf('\r\n\r\n');
    if (gap === -1) throw refuse('the headers of a part have no end, or are too long');
    const end = bytes.indexOf(delimiter, from + gap + 2);
    if (end === -1) throw refuse('its last boundary is missing');
    // Headers that run up to the boundary: a part without the empty line that begins its content.
    if (end < from + gap + 4) throw refuse('a part has no content');
    parts.push(readPart(decode(bytes.subarray(from, from + gap), 'a header'), bytes.subarray(from + gap + 4, end)));
    at = end + delimiter.length;
  }
  const rest = bytes.subarray(at + 2);
  if (rest.length > 0 && !rest.equals(Buffer.from('\r\n'))) throw refuse('something follows its last boundary');
  return { parts };
}

/** A name as the HTML standard writes it in a form: line ends and quotes percent-encoded, backslashes as they are not. */
function quote(name: string): string {
  const escaped = name.replace(
    /[\r\n"\\\0]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  return `"${escaped}"`;
}

/** A content type that was changed by a redaction is none any more. */
const toMediaType = (type: string): string => (CONTENT_TYPE.test(type) ? type : 'application/octet-stream');

/**
 * A boundary that no part holds. The same form gets the same one, so that its digest tells whether it is the same
 * form; a caller who guesses all of the first gets one that nobody can guess.
 */
function toBoundary(contents: readonly Buffer[]): string {
  for (let i = 1; i <= 8; i++) {
    const boundary = `ancile-form-boundary-${i}`;
    if (!contents.some((content) => content.includes(boundary))) return boundary;
  }
  const random = globalThis.crypto.getRandomValues(new Uint8Array(18));
  return `ancile-${Buffer.from(random).toString('hex')}`;
}

const toContent = (part: FormField | FormFile): Buffer =>
  'bytes' in part
    ? Buffer.from(part.bytes.buffer, part.bytes.byteOffset, part.bytes.byteLength)
    : Buffer.from(part.value);

/** Writes a form with a boundary of our own. */
export function encodeMultipart(form: Form): WireBody {
  const contents = form.parts.map(toContent);
  const boundary = toBoundary(contents);
  const chunks: Uint8Array[] = [];
  for (const [i, part] of form.parts.entries()) {
    const file = 'bytes' in part;
    const filename = file ? `; filename=${quote(part.filename)}` : '';
    const type = file ? `content-type: ${toMediaType(part.contentType)}\r\n` : '';
    const head = `--${boundary}\r\ncontent-disposition: form-data; name=${quote(part.name)}${filename}\r\n${type}\r\n`;
    chunks.push(Buffer.from(head), contents[i]!, Buffer.from('\r\n'));
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return { contentType: `multipart/form-data; boundary=${boundary}`, bytes: Buffer.concat(chunks) };
}

// Error messages in the place of an answer: a server's page, a stack trace, an error object, a bare sentence.
import { parseJson } from '../../codec/index.ts';

export interface ErrorText {
  readonly rule: 'html' | 'trace' | 'object' | 'message';
  readonly score: number;
}

const HEAD = 600;
/** A whole answer that is longer explains an error rather than being one. */
const MESSAGE_MOST = 400;
const OBJECT_MOST = 20_000;

const HTML_PAGE = /^<(?:!doctype html|html|head)\b/i;
const ERROR_TITLE =
  /<(?:title|h1)[^>]{0,80}>[^<]{0,80}(?:\b[45]\d\d\b|internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|access denied|forbidden|request blocked|attention required|just a moment)/i;
const TRACE =
  /^(?:traceback \(most recent call last\):|exception in thread|unhandled (?:exception|rejection)|panic: |goroutine \d{1,6} \[|fatal error:|uncaught \w{0,30}error|[\w.$]{1,80}(?:error|exception)(?:: [^\n]{0,300})?\n\s{1,8}(?:at |file "))/i;
const FRAMES = /^\s{1,8}(?:at [\w.$<>[\] ]{1,120}\(|file "[^"\n]{1,200}", line \d)/gim;
const MESSAGE =
  /^["'`*]{0,3}(?:error: |(?:error \d{3}\b|an? (?:unexpected |internal |unknown )?error (?:has )?occurr?ed|internal server error|\d{3} (?:internal server error|bad gateway|service unavailable|gateway time-?out|too many requests|forbidden|unauthori[sz]ed|not found)|(?:http )?(?:status|error)(?: code)?:? ?[45]\d\d\b|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|too many requests|rate limit (?:exceeded|reached)|request timed out|connection (?:refused|reset|timed out)|upstream connect error|the (?:model|server|engine) is (?:currently )?(?:overloaded|unavailable)|context (?:length|window) exceeded|insufficient quota|invalid api key)(?!\p{L}))/iu;
const NO_VALUE = /^(?:null|undefined|none|nan|\[object object\])\.?$/i;

/** Members that errors have; at least one of them names the fault. */
const ERROR_MEMBERS = new Set(['error', 'errors', 'detail', 'error_description', 'exception', 'fault', 'traceback']);
const BESIDES = new Set([
  ...ERROR_MEMBERS,
  'message',
  'code',
  'status',
  'statuscode',
  'status_code',
  'type',
  'path',
  'timestamp',
  'request_id',
  'requestid',
  'trace_id',
  'param',
  'success',
  'ok',
]);

function isErrorObject(text: string): boolean {
  if (text.length > OBJECT_MOST || !text.endsWith('}')) return false;
  let value: unknown;
  try {
    value = parseJson(text, { maxDepth: 20 });
  } catch {
    return false;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const names = Object.keys(value).map((name) => name.toLowerCase());
  return names.some((name) => ERROR_MEMBERS.has(name)) && names.every((name) => BESIDES.has(name));
}

/** What kind of error message stands in the place of an answer; undefined for an answer. */
export function findErrorText(answer: string): ErrorText | undefined {
  const text = answer.trim();
  const head = text.slice(0, HEAD);
  if (head.startsWith('<') && HTML_PAGE.test(head) && ERROR_TITLE.test(text.slice(0, 4000))) {
    return { rule: 'html', score: 0.8 };
  }
  if (head.startsWith('{') && isErrorObject(text)) return { rule: 'object', score: 0.8 };
  if (TRACE.test(head)) {
    const frames = text.slice(0, 4000).match(FRAMES)?.length ?? 0;
    return { rule: 'trace', score: frames >= 2 ? 0.85 : 0.6 };
  }
  if (text.length <= MESSAGE_MOST && MESSAGE.test(head)) {
    // Of a few words it is nothing else; a sentence may speak of an error.
    return { rule: 'message', score: text.length <= 80 ? 0.6 : 0.4 };
  }
  if (NO_VALUE.test(head)) return { rule: 'message', score: 0.6 };
  return undefined;
}

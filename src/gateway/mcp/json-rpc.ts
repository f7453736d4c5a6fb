// JSON-RPC 2.0 as the Model Context Protocol speaks it: what came is read into one of four forms, and what goes out is
// written anew.
import { type AncileError, AncileError as Coded, isObject } from '../../base/index.ts';

export type RpcId = string | number;
export type Json = Readonly<Record<string, unknown>>;

export interface RpcFailure {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What a request comes to. */
export type RpcOutcome = { readonly result: Json } | { readonly error: RpcFailure };

export interface RpcRequest {
  readonly kind: 'request';
  readonly id: RpcId;
  readonly method: string;
  readonly params: Json;
}

export interface RpcNotice {
  readonly kind: 'notice';
  readonly method: string;
  readonly params: Json;
}

export interface RpcAnswer {
  readonly kind: 'answer';
  readonly id: RpcId;
  readonly outcome: RpcOutcome;
}

export type RpcMessage = RpcRequest | RpcNotice | RpcAnswer;

export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL = -32603;
export const RESOURCE_NOT_FOUND = -32002;

const METHOD = /^[\w$./-]{1,100}$/;
/** Longest id and longest message of a failure that are passed on. */
const ID_MOST = 200;
const MESSAGE_MOST = 2000;

function malformed(message: string): AncileError {
  return new Coded('request_invalid', `it is no message of JSON-RPC 2.0: ${message}`);
}

function readId(value: unknown): RpcId {
  if (typeof value === 'string' && value.length <= ID_MOST) return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw malformed(`expected \`id\` to be a whole number or a string of up to ${ID_MOST} characters`);
}

function readFailure(value: unknown): RpcFailure {
  if (!isObject(value) || typeof value['code'] !== 'number' || typeof value['message'] !== 'string') {
    throw malformed('expected `error` to have a code and a message');
  }
  const { code, message, data } = value as { code: number; message: string; data?: unknown };
  return { code, message: message.slice(0, MESSAGE_MOST), ...(data === undefined ? {} : { data }) };
}

/** One message. @throws AncileError `request_invalid` */
export function readMessage(value: unknown): RpcMessage {
  if (!isObject(value) || value['jsonrpc'] !== '2.0') throw malformed('expected an object with `jsonrpc` "2.0"');
  const { id, method, params = {} } = value;
  if (method === undefined) {
    if ('error' in value) {
      // An answer to what could not be read has no id.
      const failed = readFailure(value['error']);
      return { kind: 'answer', id: id === undefined || id === null ? '' : readId(id), outcome: { error: failed } };
    }
    if (!isObject(value['result'])) throw malformed('expected `method`, `result` or `error`');
    return { kind: 'answer', id: readId(id), outcome: { result: value['result'] } };
  }
  if (typeof method !== 'string' || !METHOD.test(method)) throw malformed('expected `method` to be a name');
  if (!isObject(params)) throw malformed('expected `params` to be an object');
  return id === undefined ? { kind: 'notice', method, params } : { kind: 'request', id: readId(id), method, params };
}

export const toRequest = (id: RpcId, method: string, params: Json): object => ({ jsonrpc: '2.0', id, method, params });
export const toNotice = (method: string, params: Json = {}): object => ({ jsonrpc: '2.0', method, params });
export const toAnswer = (id: RpcId | null, outcome: RpcOutcome): object => ({ jsonrpc: '2.0', id, ...outcome });

/** A fault of ours as the failure of a request. */
export function toFailure(error: AncileError): RpcOutcome {
  const code = error.code === 'request_invalid' ? INVALID_PARAMS : INTERNAL;
  const message = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
  return { error: { code, message, data: { code: error.code } } };
}

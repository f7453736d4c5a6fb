// The models that a key may use, those behind a pattern as their upstream lists them; in each dialect's shape.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AncileError, toAncileError } from '../../base/index.ts';
import { type AccessKey, matchPattern } from '../../access/index.ts';
import type { LlmSurface } from '../../codec/index.ts';
import { onceOver } from '../ending.ts';
import type { UpstreamDoor } from '../upstreams/index.ts';
import { authenticate } from './authenticate.ts';
import type { LlmParts } from './parts.ts';
import { sendError } from './reply.ts';

/** How long the upstreams' lists are waited for, milliseconds. */
const PATIENCE_MS = 10_000;
const MAX_MODELS = 10_000;

/** Names as providers give them; anything else in a list is not passed on. */
function isModelName(id: string): boolean {
  return /^[A-Za-z0-9][\w.:/@-]{0,99}$/.test(id) && !/\d{12}/.test(id);
}

/** The upstream's own list; empty when it has none or cannot be asked in time: a list is no reason to fail. */
async function askUpstream(parts: LlmParts, door: UpstreamDoor): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<readonly string[]>((resolve) => {
      timer = setTimeout(() => resolve([]), PATIENCE_MS);
    });
    const listed = await Promise.race([door.listModels(), late]);
    return listed.slice(0, MAX_MODELS).filter(isModelName);
  } catch (thrown) {
    parts.onFault(thrown, undefined);
    return [];
  } finally {
    clearTimeout(timer);
  }
}

async function listModels(parts: LlmParts, key: AccessKey): Promise<string[]> {
  const models = new Set<string>();
  const asked = new Map<string, Promise<readonly string[]>>();
  const lists = parts.routes.all.map(async ({ name, route }) => {
    if (!name.includes('*')) {
      models.add(name);
      return;
    }
    const door = parts.upstreams.get(route.upstream)?.door;
    if (door === undefined) return;
    let list = asked.get(door.name);
    if (list === undefined) asked.set(door.name, (list = askUpstream(parts, door)));
    for (const model of await list) if (matchPattern(name, model)) models.add(model);
  });
  await Promise.all(lists);
  return [...models].filter((model) => parts.routes.select(model, key) !== undefined).sort();
}

/** Answers a request for the list of models. */
export async function handleModels(
  parts: LlmParts,
  surface: LlmSurface,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const slot = parts.load.enter(parts.limits);
  const letGo = parts.upstreams.hold();
  const leave = (): void => {
    slot?.leave();
    letGo();
  };
  onceOver(response, leave);
  try {
    if (slot === undefined) throw new AncileError('overloaded', 'the gateway has as much to do as it may have');
    const key = authenticate(parts.keys, request);
    const models = await listModels(parts, key);
    const body = JSON.stringify(surface.renderModels?.(models) ?? models);
    if (response.destroyed) return;
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  } catch (thrown) {
    const error = toAncileError(thrown);
    if (error.code === 'internal') parts.onFault(thrown, undefined);
    parts.refusals.note(error.code);
    sendError(surface, response, error);
    leave();
  }
}

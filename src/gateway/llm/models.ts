// GET /v1/models: the models that the key may use, those behind a pattern as their upstream lists them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { toAncileError } from '../../base/index.ts';
import { type AccessKey, matchPattern } from '../../access/index.ts';
import { type LlmSurface, parseJson } from '../../codec/index.ts';
import { authenticate } from './authenticate.ts';
import type { LlmParts, UpstreamDoor } from './parts.ts';

const MAX_LIST_BYTES = 4_000_000;

/** Names as providers give them; anything else in a list is not passed on. */
function isModelName(id: unknown): id is string {
  return typeof id === 'string' && /^[A-Za-z0-9][\w.:/@-]{0,99}$/.test(id) && !/\d{12}/.test(id);
}

/** The upstream's own list; empty when it has none or cannot be asked: a list is no reason to fail. */
async function askUpstream(parts: LlmParts, door: UpstreamDoor): Promise<string[]> {
  try {
    const headers = { ...door.credentials, accept: 'application/json', 'accept-encoding': 'identity' };
    const answer = await door.outlet.collect({ method: 'GET', path: '/models', headers }, MAX_LIST_BYTES);
    if (answer.status !== 200) return [];
    const body = parseJson(answer.body, { maxBytes: MAX_LIST_BYTES, what: 'the list of models' });
    const list = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined;
    if (!Array.isArray(list)) return [];
    return (list as unknown[]).flatMap((model) =>
      typeof model === 'object' && model !== null && 'id' in model && isModelName(model.id) ? [model.id] : [],
    );
  } catch (thrown) {
    parts.onFault(thrown, undefined);
    return [];
  }
}

async function listModels(parts: LlmParts, key: AccessKey): Promise<string[]> {
  const models = new Set<string>();
  const asked = new Map<string, Promise<string[]>>();
  for (const { name, route } of parts.routes.all) {
    if (!name.includes('*')) {
      models.add(name);
      continue;
    }
    const door = parts.upstreams.get(route.upstream);
    if (door === undefined) continue;
    let list = asked.get(door.name);
    if (list === undefined) asked.set(door.name, (list = askUpstream(parts, door)));
    for (const model of await list) if (matchPattern(name, model)) models.add(model);
  }
  return [...models].filter((model) => parts.routes.select(model, key) !== undefined).sort();
}

export async function handleModels(
  parts: LlmParts,
  surface: LlmSurface,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let status = 200;
  let body: string;
  let headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' };
  try {
    const key = authenticate(parts.keys, request);
    body = JSON.stringify(surface.renderModels(await listModels(parts, key)));
  } catch (thrown) {
    const error = toAncileError(thrown);
    if (error.code === 'internal') parts.onFault(thrown, undefined);
    parts.refusals.note(error.code);
    ({ status, body, headers } = surface.renderError(error));
  }
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

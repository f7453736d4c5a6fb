// The OpenAPI 3.1 document of the admin interface, made from the contract's table.
import { z } from 'zod';
import {
  API,
  API_BASE,
  AdminStatus,
  AdmissionCheck,
  Approval,
  BudgetUse,
  Decision,
  DetectorView,
  type Endpoint,
  Exchange,
  ExchangeRow,
  FailureBody,
  Finding,
  HeldText,
  Invite,
  KeyInfo,
  LedgerReport,
  ModelAsset,
  ModelSummary,
  Overview,
  PolicyCheck,
  PolicyFile,
  PolicyLine,
  PolicyReplay,
  PolicySetView,
  PullRecord,
  RecordProof,
  RuleView,
  Session,
  StoredRecord,
  UpstreamHealth,
  User,
} from '../../contract/index.ts';

type Json = Readonly<Record<string, unknown>>;

/** Schemas that get a name of their own, to be referred to by. */
const NAMED = {
  AdminStatus,
  AdmissionCheck,
  Approval,
  BudgetUse,
  Decision,
  DetectorView,
  Exchange,
  ExchangeRow,
  Failure: FailureBody,
  Finding,
  HeldText,
  Invite,
  KeyInfo,
  LedgerReport,
  ModelAsset,
  ModelSummary,
  Overview,
  PolicyCheck,
  PolicyFile,
  PolicyLine,
  PolicyReplay,
  PullRecord,
  PolicySetView,
  Record: StoredRecord,
  RecordProof,
  RuleView,
  Session,
  UpstreamHealth,
  User,
};

/** Which part of the interface an operation belongs to: the first part of its path. */
const tagOf = (path: string): string => path.split('/')[1]!;

/**
 * What zod says and a reader of the document does not need: our own names, bounds that every integer has, a pattern
 * beside its format; and that an answer has no further members, which a later version may well have.
 */
function isNoise(name: string, member: unknown, of: object): boolean {
  if (name === 'id') return typeof member === 'string';
  if (name === 'maximum' || name === 'minimum') return Math.abs(Number(member)) === Number.MAX_SAFE_INTEGER;
  if (name === 'additionalProperties') return member === false;
  return name === 'pattern' && 'format' in of && of.format === 'date-time';
}

/** Moves what a schema defines for itself to the document's components, and points there. */
class Components {
  readonly schemas: Record<string, unknown> = {};
  readonly #registry = z.registry<{ id: string }>();

  constructor() {
    for (const [id, schema] of Object.entries(NAMED)) this.#registry.add(schema, { id });
  }

  add(schema: z.ZodType, io: 'input' | 'output'): unknown {
    const made = z.toJSONSchema(schema, { io, metadata: this.#registry, unrepresentable: 'any' });
    const { $schema: _, $defs = {}, ...own } = made;
    for (const [name, definition] of Object.entries($defs)) this.schemas[name] ??= this.#point(definition);
    return this.#point(own);
  }

  #point(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#point(each));
    if (typeof value !== 'object' || value === null) return value;
    const pointed = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
      if (isNoise(name, member, value)) return [];
      if (name !== '$ref' || typeof member !== 'string') return [[name, this.#point(member)]];
      return [[name, member.replace('#/$defs/', '#/components/schemas/')]];
    });
    return Object.fromEntries(pointed);
  }
}

const asJson = (schema: unknown): Json => ({ content: { 'application/json': { schema } } });

function renderOperation(components: Components, name: string, endpoint: Endpoint): Json {
  const { method, path, needs, summary, input, answer } = endpoint;
  const inPath = [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!);
  const schema = components.add(input, 'input') as { properties?: Record<string, unknown>; required?: string[] };
  const members = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required);
  const parameters = members
    .filter(([member]) => inPath.includes(member) || method === 'GET')
    .map(([member, type]) => {
      const place = inPath.includes(member) ? 'path' : 'query';
      return { name: member, in: place, required: place === 'path' || required.has(member), schema: type };
    });
  const rest = members.filter(([member]) => !inPath.includes(member));
  const body = {
    type: 'object',
    properties: Object.fromEntries(rest),
    required: rest.map(([member]) => member).filter((member) => required.has(member)),
    additionalProperties: false,
  };
  const permission = needs === 'public' || needs === 'session' ? {} : { 'x-permission': needs };
  return {
    operationId: name,
    summary,
    tags: [tagOf(path)],
    ...permission,
    ...(needs === 'public' ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(method === 'GET' || rest.length === 0 ? {} : { requestBody: { required: true, ...asJson(body) } }),
    responses: {
      200: { description: 'Done.', ...asJson(components.add(answer, 'output')) },
      default: { $ref: '#/components/responses/Failure' },
    },
  };
}

/** The live stream stands beside the table: its answer does not end. */
function renderLive(components: Components): Json {
  return {
    operationId: 'watchExchanges',
    summary: 'Exchanges as they begin and end: server-sent events, each with an exchange as its data.',
    tags: ['live'],
    'x-permission': 'traffic.read',
    responses: {
      200: {
        description: 'A stream that ends with the session.',
        content: {
          'text/event-stream': { schema: { type: 'string' }, 'x-event': components.add(ExchangeRow, 'output') },
        },
      },
      default: { $ref: '#/components/responses/Failure' },
    },
  };
}

/** The document. The same for every server of a version: it says nothing of the one that serves it. */
export function renderOpenApi(): Json {
  const components = new Components();
  const failure = components.add(FailureBody, 'output');
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, endpoint] of Object.entries(API) as [string, Endpoint][]) {
    const path = API_BASE + endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[endpoint.method.toLowerCase()] = renderOperation(components, name, endpoint);
  }
  paths[`${API_BASE}/live`] = { get: renderLive(components) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ancile admin interface',
      version: '1',
      description:
        'What the console does, for programs. Sign in by POST /api/v1/session and keep the cookie; send the `csrf` of its ' +
        'answer as the header x-ancile-csrf with everything that is not a GET. The owner of the data folder needs ' +
        'neither: the same interface answers on the socket `ancile.sock` in it.',
    },
    security: [{ session: [] }],
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: '__Host-ancile', description: 'Without TLS: `ancile`.' },
      },
      responses: {
        Failure: { description: 'It could not be done; `code` is one of docs/errors.md.', ...asJson(failure) },
      },
      schemas: Object.fromEntries(Object.entries(components.schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}

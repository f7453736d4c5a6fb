// A model behind an address: asked by one of the protocols that inference servers speak, at that address and nowhere else.
import { z } from 'zod';
import { AncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { type Outlet, createOutlet } from '../../net/index.ts';
import type { Batch, Output, Target } from '../target.ts';
import {
  MLFLOW,
  type ModelFacts,
  type OipMetadata,
  type Protocol,
  type ProtocolName,
  TF_SERVING,
  type Template,
  createOip,
  createTemplate,
} from './protocols.ts';
import { type Answered, guessOutput, toRows, toScores } from './scores.ts';

const MOST_ANSWER = 64 << 20;
const MOST_METADATA = 1 << 20;
/** Bytes of numbers in one request, about; as JSON each takes up to three times its four bytes. */
const MOST_REQUEST = 4 << 20;
const MOST_SAMPLES = 256;
const TIMEOUTS = { connectTimeout: 10_000, headersTimeout: 120_000, idleTimeout: 120_000 } as const;

export interface HttpTargetOptions {
  readonly protocol: ProtocolName;
  /** Of the protocol `json`. */
  readonly template?: Template;
  readonly facts: ModelFacts;
  /** Of the data; a model that gives labels alone does not say. */
  readonly classes?: number;
  readonly gives?: Output;
  /** Sent with each request: `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Samples that are asked about to see what it gives, count x size. */
  readonly probe: Batch;
  /** Most samples in one request. */
  readonly most?: number;
}

const Tensor = z.object({ name: z.string().min(1).max(500), datatype: z.string().max(20), shape: z.array(z.number()) });
const Metadata = z.object({ inputs: z.array(Tensor).min(1), outputs: z.array(Tensor).default([]) });

/** A status as an error: what may pass is retried by the one who counts. */
function toFault(status: number): AncileError {
  const passing = status === 429 || status === 502 || status === 503 || status === 504;
  return new AncileError(
    passing ? 'upstream_unreachable' : 'upstream_refused',
    `the model's server answered ${status}`,
    {
      hint: passing
        ? 'It may be overloaded or still starting.'
        : 'Are address, --protocol and the shape of the data right?',
    },
  );
}

async function ask(
  outlet: Outlet,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const answer = await outlet.collect(
    {
      method: body === undefined ? 'GET' : 'POST',
      path,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    body === undefined ? MOST_METADATA : MOST_ANSWER,
  );
  if (answer.status !== 200) throw toFault(answer.status);
  return parseJson(answer.body, { what: "the model's answer", maxBytes: MOST_ANSWER, code: 'upstream_malformed' });
}

async function readOip(
  outlet: Outlet,
  headers: Readonly<Record<string, string>>,
  shape: readonly number[],
): Promise<OipMetadata> {
  const parsed = Metadata.safeParse(await ask(outlet, '', undefined, headers));
  if (!parsed.success)
    throw new AncileError('upstream_malformed', 'the model has no metadata of the Open Inference Protocol');
  const { inputs, outputs } = parsed.data;
  const [input, second] = inputs;
  if (second !== undefined)
    throw new AncileError('usage', `the model takes ${inputs.length} inputs; models of one are attacked`);
  const wanted = input!.shape.slice(1);
  const fits = wanted.length === shape.length && wanted.every((extent, i) => extent < 0 || extent === shape[i]);
  if (!fits) {
    throw new AncileError(
      'request_invalid',
      `array x: the model takes [${wanted.join(', ')}], and samples are [${shape.join(', ')}]`,
      {
        at: 'x',
      },
    );
  }
  const scores = outputs.find(({ name }) => /logit|prob|score/i.test(name)) ?? outputs[0];
  return { input: input!.name, datatype: input!.datatype, ...(scores === undefined ? {} : { output: scores.name }) };
}

async function toProtocol(
  outlet: Outlet,
  options: HttpTargetOptions,
): Promise<Protocol & { readonly single?: boolean }> {
  const { protocol, template, headers = {}, facts } = options;
  switch (protocol) {
    case 'oip':
      return createOip(await readOip(outlet, headers, facts.shape));
    case 'tfserving':
      return TF_SERVING;
    case 'mlflow':
      return MLFLOW;
    case 'json':
      if (template === undefined) throw new AncileError('usage', '--protocol json needs --template');
      return createTemplate(template);
  }
}

function toClasses(first: Answered, gives: Output, known: number | undefined): number {
  const told = first.width > 1 ? first.width : gives === 'probabilities' ? 2 : known;
  if (told !== undefined && told > 1) return told;
  throw new AncileError('usage', 'the model gives labels alone, and the data does not say how many classes there are');
}

/**
 * Connects to a model and asks it about the probe, to see what it gives.
 * @param address - `http://host:8000/v2/models/digits` (oip), `http://host:8501/v1/models/digits` (tfserving), `http://host:5000` (mlflow)
 * @throws AncileError `usage` for an address that is none, `upstream_*`
 */
export async function openHttpTarget(address: string, options: HttpTargetOptions): Promise<Target> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw new AncileError('usage', 'expected the address of a model without name, password or query', {
      at: 'model',
      hint: 'Keys go into --header.',
    });
  }
  if (url.pathname === '/' && (options.protocol === 'oip' || options.protocol === 'tfserving')) {
    const example = options.protocol === 'oip' ? '/v2/models/NAME' : '/v1/models/NAME';
    throw new AncileError('usage', 'the address does not name a model', {
      at: 'model',
      hint: `Such as ${url.origin}${example}.`,
    });
  }
  const { facts, headers = {}, probe } = options;
  const outlet = createOutlet({ ...TIMEOUTS, baseUrl: url.href, connections: 1 });
  try {
    const protocol = await toProtocol(outlet, options);
    const path = protocol.path === '' && url.pathname === '/' ? '/' : protocol.path;
    const send = async (batch: Batch): Promise<Answered> =>
      toRows(protocol.pick(await ask(outlet, path, protocol.render(batch, facts), headers)), batch.count);
    const size = facts.shape.reduce((product, extent) => product * extent, 1);
    const bySize = Math.max(1, Math.floor(MOST_REQUEST / (size * 4)));
    const most = protocol.single === true ? 1 : Math.min(options.most ?? MOST_SAMPLES, bySize);
    const count = Math.min(probe.count, most);
    const first = await send({ data: probe.data.subarray(0, count * size), count });
    const gives = options.gives ?? guessOutput(first);
    const classes = toClasses(first, gives, options.classes);
    toScores(first, classes, gives);
    return {
      name: `${url.origin}${url.pathname}`,
      shape: facts.shape,
      classes,
      gives,
      most,
      scores: async (batch) => toScores(await send(batch), classes, gives),
      close: () => outlet.close(),
    };
  } catch (thrown) {
    await outlet.close();
    throw thrown;
  }
}

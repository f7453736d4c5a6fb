// A row of the request-response logging of Vertex AI, as BigQuery exports it: JSON, one a line.
import { z } from 'zod';
import type { LogReader } from './line.ts';
import { TextGatherer, bodyOf } from './texts.ts';
import { LogCount, LogTime, isHere } from './values.ts';

const Row = z.looseObject({
  endpoint: z.string().min(1),
  deployed_model_id: z.string().nullish(),
  logging_time: LogTime,
  request_id: z.union([z.string().min(1), z.number()]).nullish(),
  request_payload: z.array(z.string()).nullish(),
  response_payload: z.array(z.string()).nullish(),
  full_request: z.unknown().optional(),
  full_response: z.unknown().optional(),
  model: z.string().nullish(),
  model_version: z.string().nullish(),
  api_method: z.string().nullish(),
});

const Usage = z.looseObject({
  usageMetadata: z.looseObject({ promptTokenCount: LogCount.nullish(), candidatesTokenCount: LogCount.nullish() }),
});

const partOf = (endpoint: string, name: string): string | undefined =>
  new RegExp(`(?:^|/)${name}/([^/]+)`).exec(endpoint)?.[1];

export const readVertex: LogReader = (value, digest) => {
  const row = Row.parse(value);
  const { endpoint, request_id: given } = row;
  const texts = new TextGatherer();
  // The full forms hold what the payloads hold in pieces.
  if (isHere(row.full_request)) texts.input(row.full_request, '/full_request');
  else texts.input(row.request_payload, '/request_payload');
  if (isHere(row.full_response)) texts.output(row.full_response, '/full_response');
  else texts.output(row.response_payload, '/response_payload');
  if (texts.texts.length === 0 && texts.unread.size === 0) texts.unread.add('absent');
  const last = row.full_response ?? row.response_payload?.at(-1);
  const usage = Usage.safeParse(bodyOf(last)).data?.usageMetadata;
  // A number beyond 2^53 is not the one that was written: two calls could share it.
  const isId = typeof given === 'string' || (typeof given === 'number' && Number.isSafeInteger(given));
  return {
    service: 'vertex',
    account: partOf(endpoint, 'projects') ?? endpoint,
    event: isId ? String(given) : `line-${digest()}`,
    happened: row.logging_time,
    model: [row.model ?? row.deployed_model_id ?? 'unknown', row.model_version].filter(Boolean).join('@'),
    operation: row.api_method ?? 'predict',
    region: partOf(endpoint, 'locations'),
    inputTokens: usage?.promptTokenCount ?? undefined,
    outputTokens: usage?.candidatesTokenCount ?? undefined,
    texts: texts.texts,
    unread: [...texts.unread],
  };
};

// A line of Azure's diagnostic logs: of Azure OpenAI (RequestResponse, no texts), or of API Management's log of models.
import { z } from 'zod';
import type { LogReader, LoggedLine } from './line.ts';
import { TextGatherer } from './texts.ts';
import { LogCount, LogMillis, LogObject, LogTime, memberOf } from './values.ts';

const Text = z.string().optional();
const Id = z.string().min(1);
const Status = z
  .union([z.int().nonnegative(), z.string().regex(/^\d{3}$/, 'expected an HTTP status')])
  .transform(Number)
  .optional();

/** Members are told by their names, in the case of either the diagnostic stream or a table of Log Analytics. */
const Common = z.object({
  time: LogTime,
  resource: z.string().min(1),
  correlation: Id,
  operation: Text,
  region: Text,
});

const lastOf = (resource: string): string => resource.split('/').filter(Boolean).at(-1)?.toLowerCase() ?? resource;

function readLlm(given: Record<string, unknown>, properties: Record<string, unknown>): Partial<LoggedLine> {
  const pick = (name: string): unknown => memberOf(properties, name) ?? memberOf(given, name);
  const read = z
    .object({
      sequence: LogCount.optional(),
      model: Text,
      prompt: LogCount.optional(),
      completion: LogCount.optional(),
    })
    .parse({
      sequence: pick('sequenceNumber'),
      model: pick('modelName') ?? pick('deploymentName'),
      prompt: pick('promptTokens'),
      completion: pick('completionTokens'),
    });
  const texts = new TextGatherer()
    .input(pick('requestMessages'), '/properties/requestMessages')
    .output(pick('responseMessages'), '/properties/responseMessages');
  if (texts.texts.length === 0) texts.unread.add('absent');
  return {
    // Long messages stand in several lines, by number.
    event: String(read.sequence ?? 0),
    model: read.model ?? 'unknown',
    inputTokens: read.prompt,
    outputTokens: read.completion,
    texts: texts.texts,
    unread: [...texts.unread],
  };
}

function readRequest(given: Record<string, unknown>, properties: Record<string, unknown>): Partial<LoggedLine> {
  const read = z
    .object({ model: Text, principal: Text, status: Status, duration: LogMillis.optional(), address: Text })
    .parse({
      model: memberOf(properties, 'modelName', 'modelDeploymentName'),
      principal: memberOf(properties, 'objectId'),
      status: memberOf(given, 'resultSignature'),
      duration: memberOf(given, 'durationMs'),
      address: memberOf(given, 'callerIPAddress'),
    });
  return {
    model: read.model ?? 'unknown',
    principal: read.principal === '' ? undefined : read.principal,
    status: read.status,
    durationMs: read.duration,
    address: read.address,
    texts: [],
    unread: ['absent'],
  };
}

export const readAzure: LogReader = (value) => {
  const given = z.record(z.string(), z.unknown()).parse(value);
  const properties = LogObject.parse(memberOf(given, 'properties') ?? {});
  const pick = (...names: string[]): unknown => memberOf(given, ...names) ?? memberOf(properties, ...names);
  const common = Common.parse({
    time: pick('time', 'TimeGenerated'),
    resource: pick('resourceId', '_ResourceId'),
    correlation: pick('correlationId'),
    operation: pick('operationName'),
    region: pick('location', 'region'),
  });
  const kind = z.string().parse(pick('category', 'Type'));
  const isLlm = /LlmLogs?$/i.test(kind);
  if (!isLlm) z.literal('RequestResponse', `expected category RequestResponse or a log of models`).parse(kind);
  const read = isLlm ? readLlm(given, properties) : readRequest(given, properties);
  return {
    ...{ texts: [], unread: [], model: 'unknown', ...read },
    service: 'azure',
    account: lastOf(common.resource),
    event: read.event === undefined ? common.correlation : `${common.correlation}/${read.event}`,
    happened: common.time,
    operation: common.operation ?? kind,
    region: common.region,
  };
};

// OpenTelemetry's protocol over HTTP in JSON: a span for each exchange and the figures, by the GenAI semantic conventions
// (v1.41). Nothing that people wrote is in them.
import { createHash } from 'node:crypto';
import type { StoredRecord } from '../ledger/index.ts';
import type { Opened } from './event.ts';
import type { Figures } from './figures.ts';

type Closed = Extract<StoredRecord, { kind: 'exchange.closed' }>;
type Value = string | number | boolean;

const KIND_CLIENT = 3;
const STATUS_ERROR = 2;
const CUMULATIVE = 2;

const OPERATIONS: Readonly<Record<string, string>> = {
  'openai.chat': 'chat',
  'openai.responses': 'chat',
  'openai.completions': 'text_completion',
  'openai.embeddings': 'embeddings',
  'gemini.generate': 'generate_content',
  'gemini.embed': 'embeddings',
  'anthropic.messages': 'chat',
  mcp: 'execute_tool',
};

function providerOf(surface: string): string {
  if (surface.startsWith('anthropic.')) return 'anthropic';
  return surface.startsWith('gemini.') ? 'gcp.gemini' : 'openai';
}

const toAttribute = (key: string, value: Value): unknown => ({
  key,
  value:
    typeof value === 'string'
      ? { stringValue: value }
      : typeof value === 'boolean'
        ? { boolValue: value }
        : Number.isInteger(value)
          ? { intValue: String(value) }
          : { doubleValue: value },
});

const toAttributes = (values: Readonly<Record<string, Value | undefined>>): unknown[] =>
  Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [toAttribute(key, value)]));

const nanos = (ms: number): string => `${Math.round(ms)}000000`;
const idOf = (text: string, chars: number): string => createHash('sha256').update(text).digest('hex').slice(0, chars);

/** The span of an exchange: it belongs to the caller's trace where that sent one, else to one of its own. */
export function toSpan({ exchange, trace, time, decision, findings }: Opened, closed: Closed): unknown {
  const [, traceId, parentSpanId] = trace?.split('-') ?? [];
  const operation = OPERATIONS[exchange.surface] ?? exchange.surface;
  const isTool = exchange.surface === 'mcp';
  const isFault = closed.outcome !== 'completed';
  const end = Date.parse(closed.time);
  return {
    traceId: traceId ?? idOf(`trace ${exchange.id}`, 32),
    // The same exchange has the same span, however often it is sent.
    spanId: idOf(`span ${exchange.id}`, 16),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    name: `${operation} ${exchange.model}`,
    kind: KIND_CLIENT,
    startTimeUnixNano: nanos(Math.min(Date.parse(time), end - closed.durationMs)),
    endTimeUnixNano: nanos(end),
    attributes: toAttributes({
      'gen_ai.operation.name': operation,
      ...(isTool
        ? { 'gen_ai.tool.name': exchange.model, 'mcp.method.name': 'tools/call' }
        : {
            'gen_ai.provider.name': providerOf(exchange.surface),
            'gen_ai.request.model': exchange.model,
            'gen_ai.usage.input_tokens': closed.usage.inputTokens,
            'gen_ai.usage.output_tokens': closed.usage.outputTokens,
          }),
      'gen_ai.conversation.id': exchange.session,
      'http.response.status_code': closed.status,
      'error.type': isFault ? (closed.reason ?? closed.outcome) : undefined,
      'ancile.exchange.id': exchange.id,
      'ancile.route': exchange.route,
      'ancile.upstream': exchange.upstream,
      'ancile.principal': exchange.principal.id,
      'ancile.tenant': exchange.principal.tenant,
      'ancile.outcome': closed.outcome,
      'ancile.decision.input': decision.action,
      'ancile.decision.output': closed.decision?.action,
      'ancile.findings': findings.length + closed.findings.length,
    }),
    status: isFault ? { code: STATUS_ERROR, message: closed.reason ?? closed.outcome } : {},
  };
}

export interface Resource {
  readonly version: string;
  readonly node: string;
}

const resourceOf = ({ version, node }: Resource): unknown => ({
  attributes: toAttributes({ 'service.name': 'ancile', 'service.version': version, 'service.instance.id': node }),
});
const scopeOf = ({ version }: Resource): unknown => ({ name: 'ancile', version });

export function toTraceRequest(resource: Resource, spans: readonly unknown[]): unknown {
  return { resourceSpans: [{ resource: resourceOf(resource), scopeSpans: [{ scope: scopeOf(resource), spans }] }] };
}

/** The names that the conventions have for what we count under our own. */
const CONVENTIONAL: Readonly<Record<string, { readonly name: string; readonly unit: string }>> = {
  ancile_exchange_duration_seconds: { name: 'gen_ai.client.operation.duration', unit: 's' },
  ancile_tokens: { name: 'gen_ai.client.token.usage', unit: '{token}' },
};
const LABELS: Readonly<Record<string, string>> = {
  type: 'gen_ai.token.type',
  surface: 'ancile.surface',
  route: 'ancile.route',
};

function labelOf(conventional: boolean, name: string): string {
  return conventional ? (LABELS[name] ?? name) : name;
}

/** @param since - when counting began, milliseconds */
export function toMetricsRequest(resource: Resource, figures: Figures, since: number, now: number): unknown {
  const times = { startTimeUnixNano: nanos(since), timeUnixNano: nanos(now) };
  const metrics = figures.collect().flatMap(({ info, series }): unknown[] => {
    if (series.length === 0) return [];
    const known = CONVENTIONAL[info.name];
    const attributes = (values: readonly string[]): unknown[] => {
      const own = info.labels.map((label, i) => [labelOf(known !== undefined, label), values[i] ?? ''] as const);
      const surface = info.labels.indexOf('surface');
      return toAttributes({
        ...Object.fromEntries(own),
        ...(known === undefined || surface === -1
          ? {}
          : {
              'gen_ai.operation.name': OPERATIONS[values[surface]!] ?? values[surface],
              'gen_ai.provider.name': providerOf(values[surface]!),
            }),
      });
    };
    const named = {
      name: known?.name ?? info.name.replaceAll('_', '.'),
      description: info.help,
      unit: known?.unit ?? '1',
    };
    if (info.type === 'histogram') {
      const dataPoints = series.map(({ values, value, counts, sum }) => ({
        ...times,
        attributes: attributes(values),
        count: String(value),
        sum,
        bucketCounts: counts.map(String),
        explicitBounds: [...(info.buckets ?? [])],
      }));
      return [{ ...named, histogram: { aggregationTemporality: CUMULATIVE, dataPoints } }];
    }
    const dataPoints = series.map(({ values, value }) => ({
      ...times,
      attributes: attributes(values),
      asDouble: value,
    }));
    if (info.type === 'gauge') return [{ ...named, gauge: { dataPoints } }];
    return [{ ...named, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }];
  });
  return {
    resourceMetrics: [{ resource: resourceOf(resource), scopeMetrics: [{ scope: scopeOf(resource), metrics }] }],
  };
}

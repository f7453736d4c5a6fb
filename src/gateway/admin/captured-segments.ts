// The texts of an exchange as evidence capture kept them, told apart by their channels as when they were judged.
import { z } from 'zod';
import {
  GEMINI_METHODS,
  type LlmSurface,
  anthropicCountTokens,
  anthropicMessages,
  geminiGenerate,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiImages,
  openaiModerations,
  openaiResponses,
  openaiSpeech,
  parseJson,
} from '../../codec/index.ts';
import type { Channel, Direction, Exchange, Finding, StoredRecord } from '../../contract/index.ts';

export interface CapturedSegment {
  readonly direction: Direction;
  readonly segment: string;
  readonly channel: Channel;
  readonly text: string;
}

const SURFACES: readonly LlmSurface[] = [
  openaiChat,
  openaiResponses,
  openaiCompletions,
  openaiEmbeddings,
  openaiModerations,
  openaiImages,
  openaiSpeech,
  anthropicMessages,
  anthropicCountTokens,
  geminiGenerate,
  ...Object.values(GEMINI_METHODS),
];

const BOUNDS = { maxBytes: 64 * 1024 * 1024, maxDepth: 256, what: 'captured text' } as const;

/** What is kept of a request that was no JSON. */
const Texts = z.array(z.object({ path: z.string(), text: z.string() }));

function parse(json: string): unknown {
  try {
    return parseJson(json, BOUNDS);
  } catch {
    return undefined;
  }
}

type Told = Pick<Exchange, 'surface' | 'model'>;
type Read = readonly Omit<CapturedSegment, 'direction'>[];

function readInput(surface: LlmSurface, { model }: Told, body: unknown): Read {
  // Some upstreams are told the model by the address; what is read here is the body as it was sent on.
  const named = typeof body === 'object' && body !== null && !('model' in body) ? { ...body, model } : body;
  const method = Object.keys(GEMINI_METHODS).find((name) => GEMINI_METHODS[name]!.id === surface.id);
  const address = { model, ...(method === undefined ? {} : { method }) };
  const { segments } = surface.readRequest(surface.dialect === 'gemini' ? body : named, address);
  return segments.map(({ path, channel, text }) => ({ segment: path, channel, text }));
}

/** At the places of the findings alone: for a body that its surface does not read as it was sent on. */
function atFindings(body: unknown, findings: readonly Finding[]): Read {
  const found = new Map<string, Read[number]>();
  for (const { segment, channel } of findings) {
    let at = body;
    for (const token of segment.split('/').slice(1)) {
      const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
      at =
        typeof at === 'object' && at !== null && Object.hasOwn(at, name)
          ? (at as Record<string, unknown>)[name]
          : undefined;
    }
    if (typeof at === 'string') found.set(segment, { segment, channel, text: at });
  }
  return [...found.values()];
}

function textsOf(direction: Direction, exchange: Told, body: unknown, findings: readonly Finding[]): Read {
  const surface = SURFACES.find(({ id }) => id === exchange.surface);
  if (surface === undefined) return atFindings(body, findings);
  try {
    if (direction === 'input') return readInput(surface, exchange, body);
    const { segments } = surface.readResponse(body);
    return segments.map(({ path, channel, text }) => ({ segment: path, channel, text }));
  } catch {
    return atFindings(body, findings);
  }
}

/**
 * The texts of one captured body. A streamed answer is captured as the events that carried it: of it there are none.
 * @param findings - of that direction, as recorded
 */
function capturedSegments(
  direction: Direction,
  exchange: Told,
  json: string,
  findings: readonly Finding[],
): CapturedSegment[] {
  const body = parse(json);
  const plain = Texts.safeParse(body);
  const channels = new Map(findings.map(({ segment, channel }) => [segment, channel]));
  const texts: Read = plain.success
    ? plain.data.map(({ path, text }) => ({ segment: path, channel: channels.get(path) ?? 'user', text }))
    : typeof body === 'object' && body !== null
      ? textsOf(direction, exchange, body, findings)
      : [];
  return texts.filter(({ text }) => text !== '').map((each) => ({ direction, ...each }));
}

/** All texts of an exchange that were kept, told apart with the help of its records. */
export function readCaptured(
  records: readonly StoredRecord[],
  { input, output }: { readonly input?: string; readonly output?: string },
): CapturedSegment[] {
  const opened = records.find((record) => record.kind === 'exchange.opened');
  const closed = records.find((record) => record.kind === 'exchange.closed');
  if (opened === undefined) return [];
  const { exchange } = opened;
  return [
    ...(input === undefined ? [] : capturedSegments('input', exchange, input, opened.findings)),
    ...(output === undefined ? [] : capturedSegments('output', exchange, output, closed?.findings ?? [])),
  ];
}

// The memory of misuse at an exchange: told of the newest message and of what became of it, it adds findings to what was
// found in the request.
import type { Exchange, Finding, FindingClass, Outcome, Segment, Surface } from '../../contract/index.ts';
import type { AskEnd, MisuseMemory, Remembered } from './memory.ts';
import type { Seen } from './principal.ts';
import type { MisuseSettings } from './settings.ts';

/** Classes that say of a user's message that it attacks or wants harm. */
const WANTS_HARM: ReadonlySet<string> = new Set(['injection', 'extraction', 'exfiltration', 'jailbreak', 'harmful']);
/** Classes for which an answer that was stopped says that the ask got what it should not. */
const GAVE_WAY: ReadonlySet<string> = new Set([...WANTS_HARM, 'prompt_leak']);
/** From here on a finding is more likely right than not. */
const LIKELY = 0.5;

/** Where people talk to a model. Counting tokens asks nothing, and a batch of embeddings is no conversation. */
const CONVERSES: ReadonlySet<Surface> = new Set<Surface>([
  'openai.chat',
  'openai.responses',
  'openai.completions',
  'openai.images',
  'anthropic.messages',
  'gemini.generate',
]);

const TECHNIQUES: Readonly<Record<Seen['rule'], readonly string[]>> = {
  'misuse.buildup': ['AML.T0054', 'LLM01:2025'],
  'misuse.refusal_probing': ['AML.T0054', 'LLM01:2025'],
  'misuse.retries': ['AML.T0054', 'LLM01:2025'],
};
/** From this score on what was seen is severe. */
const SEVERE = 0.75;

/**
 * The user's newest message: what he says after the model's last word. Empty where it is not his turn: a tool's result
 * goes back to the model, and his message was counted when he sent it.
 */
export function newestMessage(segments: readonly Segment[]): readonly Segment[] {
  const message: Segment[] = [];
  // Words put into the model's mouth behind his are the beginning of the answer.
  let begun = false;
  for (let at = segments.length - 1; at >= 0; at--) {
    const segment = segments[at]!;
    if (segment.channel === 'user') {
      if (segment.text !== '') message.push(segment);
      begun = true;
    } else if (segment.channel === 'tool_result' || segment.channel === 'tool_argument') {
      begun = true;
    }
    if (begun && (segment.channel === 'assistant' || segment.channel === 'tool_argument')) break;
  }
  return message.reverse();
}

interface Harm {
  readonly score: number;
  readonly classes: readonly FindingClass[];
}

const HARMLESS: Harm = { score: 0, classes: [] };

/** One minus the chance that every rule that fired in the message is wrong. */
function harmOf(findings: readonly Finding[], message: readonly Segment[]): Harm {
  if (findings.length === 0) return HARMLESS;
  const best = new Map<string, number>();
  const classes = new Set<FindingClass>();
  for (const { rule, class: name, score, segment } of findings) {
    if (!WANTS_HARM.has(name) || !message.some(({ path }) => path === segment)) continue;
    best.set(rule, Math.max(best.get(rule) ?? 0, score));
    classes.add(name);
  }
  let clean = 1;
  for (const score of best.values()) clean *= 1 - score;
  return { score: 1 - clean, classes: [...classes] };
}

/** How an exchange ended, as far as it says something of the ask. */
export interface ExchangeEnd {
  readonly outcome: Outcome;
  /** It waits for a person, who has not said no. */
  readonly held: boolean;
  /** What was found in the answer. */
  readonly findings: readonly Finding[];
}

function toEnd({ outcome, held, findings }: ExchangeEnd, score: number): AskEnd | undefined {
  const found = (names: ReadonlySet<string>): boolean =>
    findings.some((finding) => names.has(finding.class) && finding.score >= LIKELY);
  const refused = findings.some((finding) => finding.class === 'refusal' && finding.score >= LIKELY);
  if (held) return undefined;
  switch (outcome) {
    case 'completed':
      return refused ? 'refused' : 'answered';
    // What is stopped for other reasons (a tool, a card number), or for what is remembered, is no new refusal.
    case 'denied_input':
      return score >= LIKELY ? 'blocked' : undefined;
    case 'denied_output':
      return found(GAVE_WAY) ? 'blocked' : refused ? 'refused' : undefined;
    default:
      return undefined;
  }
}

/** One exchange under the eye of the memory. */
export class WatchedExchange {
  readonly #memory: MisuseMemory;
  readonly #settings: MisuseSettings;
  readonly #exchange: Pick<Exchange, 'principal' | 'session'>;
  readonly #message: readonly Segment[];
  #remembered: Remembered | undefined;
  #score = 0;

  constructor(
    memory: MisuseMemory,
    settings: MisuseSettings,
    exchange: Pick<Exchange, 'principal' | 'session'>,
    message: readonly Segment[],
  ) {
    this.#memory = memory;
    this.#settings = settings;
    this.#exchange = exchange;
    this.#message = message;
  }

  /** What the past adds to what was found in the request: findings over the newest message. To be asked once. */
  judge(findings: readonly Finding[], now: number): Finding[] {
    const message = this.#message;
    const { score, classes } = harmOf(findings, message);
    this.#score = score;
    const { principal, session } = this.#exchange;
    const text = message.length === 1 ? message[0]!.text : message.map((segment) => segment.text).join('\n');
    const ask = { principal: principal.id, session, text, score, classes };
    this.#remembered = this.#memory.ask(ask, now, this.#settings);
    const { seen } = this.#remembered;
    if (seen.length === 0) return [];
    const last = message.at(-1)!;
    return seen.map(({ rule, score: sure, evidence }) => ({
      rule,
      class: 'misuse',
      severity: sure >= SEVERE ? 'high' : 'medium',
      score: sure,
      start: 0,
      end: last.text.length,
      evidence,
      techniques: [...TECHNIQUES[rule]],
      detector: 'misuse',
      segment: last.path,
      channel: last.channel,
    }));
  }

  /** Tells the memory how the exchange ended. Once; what was not asked about is not told. */
  settle(end: ExchangeEnd, now: number): void {
    const remembered = this.#remembered;
    this.#remembered = undefined;
    if (remembered === undefined) return;
    const became = toEnd(end, this.#score);
    if (became !== undefined) remembered.settle(became, now);
  }
}

/** The exchange, to be watched; undefined where there is no message of a user in it that is new. */
export function watchMisuse(
  memory: MisuseMemory,
  settings: MisuseSettings,
  exchange: Pick<Exchange, 'principal' | 'session' | 'surface'>,
  segments: readonly Segment[],
): WatchedExchange | undefined {
  if (!CONVERSES.has(exchange.surface)) return undefined;
  const message = newestMessage(segments);
  return message.length === 0 ? undefined : new WatchedExchange(memory, settings, exchange, message);
}

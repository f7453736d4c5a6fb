// What is remembered of one principal: its conversations in which something was seen, and sketches of its last texts.
import type { FindingClass } from '../../contract/index.ts';
import { Buildup } from './buildup.ts';
import { type Copy, CopyMemory } from './copies.ts';
import { ConversationProbing, PrincipalProbing } from './probing.ts';
import { type MisuseRule, type MisuseSettings, toScore } from './settings.ts';
import type { Sketch } from './sketch.ts';

/** Across conversations scores have to add up to more: there is less that joins them. */
const ELSEWHERE = 3;
/** Fewer scored turns are no build-up, whatever they score. */
const FEWEST_TURNS = 3;

interface Conversation {
  readonly buildup: Buildup;
  readonly probing: ConversationProbing;
  readonly classes: Set<FindingClass>;
  /** Digest of the last ask: the same one again is a retry, and no turn. */
  last: number;
  time: number;
}

/** One ask as the memory is told of it. */
export interface Asked {
  readonly session: string | undefined;
  readonly sketch: Sketch;
  /** How sure it is that the text attacks or wants harm, 0..1. */
  readonly score: number;
  readonly classes: readonly FindingClass[];
  readonly now: number;
}

/** What a rule saw: counts and classes, nothing of any text. */
export interface Seen {
  readonly rule: MisuseRule;
  readonly score: number;
  readonly evidence: string;
}

const NOTHING: readonly Seen[] = [];

export class PrincipalMemory {
  readonly #conversations = new Map<string, Conversation>();
  readonly #copies = new CopyMemory();
  readonly #buildup = new Buildup();
  readonly #probing = new PrincipalProbing();
  /** When it last asked. */
  time = 0;

  /** Entries held, all in all. */
  get size(): number {
    return this.#conversations.size + this.#copies.size;
  }

  ask(asked: Asked, settings: MisuseSettings): { readonly seen: readonly Seen[]; readonly copy: Copy } {
    const { session, sketch, score, now } = asked;
    this.time = now;
    const copy = this.#copies.note(sketch, score, now, settings);
    const conversation = score > 0 ? this.#open(session, now, settings) : this.#find(session, now, settings);
    const isRetry = conversation?.last === sketch.exact;
    const tries = Math.max(
      conversation?.probing.noteAsk(sketch, score, now, settings) ?? 0,
      this.#probing.noteAsk(sketch, now, settings),
    );
    if (conversation !== undefined) {
      conversation.last = sketch.exact;
      conversation.time = now;
      for (const name of asked.classes) conversation.classes.add(name);
    }
    const buildup = this.#noteBuildup(conversation, isRetry, score, now, settings);
    const probing = toScore(tries, settings.refusals);
    const { group } = copy;
    const retries = toScore(group.evidence, settings.retries);
    // Most exchanges show nothing: words are made only for what was seen.
    if (buildup === undefined && probing === 0 && retries === 0) return { seen: NOTHING, copy };
    const seen: Seen[] = [];
    if (buildup !== undefined) seen.push(buildup);
    if (probing > 0) {
      const evidence = `${Math.round(tries)} refused or blocked asks, each followed by another try`;
      seen.push({ rule: 'misuse.refusal_probing', score: probing, evidence });
    }
    if (retries > 0) {
      const evidence = `${group.copies} near-copies of one text; the suspicious ones count ${group.evidence.toFixed(1)}`;
      seen.push({ rule: 'misuse.retries', score: retries, evidence });
    }
    return { seen, copy };
  }

  #noteBuildup(
    conversation: Conversation | undefined,
    isRetry: boolean,
    score: number,
    now: number,
    settings: MisuseSettings,
  ): Seen | undefined {
    const enough = ({ turns, sum }: Buildup): number => (turns < FEWEST_TURNS ? 0 : sum);
    const all = this.#buildup;
    // A message that is sent again adds nothing, and is as much a part of what was seen.
    if (!isRetry && (score > 0 || all.sum > 0)) all.note(score, now, settings);
    if (isRetry) conversation?.buildup.look(now, settings);
    else conversation?.buildup.note(score, now, settings);
    const here = conversation === undefined ? 0 : toScore(enough(conversation.buildup), settings.buildup);
    // An innocent message of another conversation is not held against what was seen elsewhere.
    const elsewhere = score > 0 ? toScore(enough(all), settings.buildup * ELSEWHERE) : 0;
    if (here === 0 && elsewhere === 0) return undefined;
    const rule = 'misuse.buildup';
    if (here >= elsewhere && conversation !== undefined) {
      const { buildup, classes } = conversation;
      const evidence = `scores of ${buildup.turns} turns of a conversation add up to ${buildup.sum.toFixed(1)} (${[...classes].join(', ')})`;
      return { rule, score: here, evidence };
    }
    return { rule, score: elsewhere, evidence: `scores of ${all.turns} messages add up to ${all.sum.toFixed(1)}` };
  }

  noteRefused(asked: Asked, copy: Copy, blocked: boolean, now: number, settings: MisuseSettings): void {
    const refused = { sketch: asked.sketch, score: asked.score, time: now };
    this.#probing.noteRefused(refused);
    this.#open(asked.session, now, settings)?.probing.noteRefused(refused);
    // Many people behind one key may all ask what is refused; a principal that gets little else is another matter.
    if (blocked || this.#probing.probing) this.#copies.noteRefused(copy);
  }

  noteAnswered(asked: Asked): void {
    this.#probing.noteAnswered();
    if (asked.session !== undefined) this.#conversations.get(asked.session)?.probing.noteAnswered();
  }

  #find(session: string | undefined, now: number, { window }: MisuseSettings): Conversation | undefined {
    const found = session === undefined ? undefined : this.#conversations.get(session);
    if (found === undefined || now - found.time <= window) return found;
    this.#conversations.delete(session!);
    return undefined;
  }

  #open(session: string | undefined, now: number, settings: MisuseSettings): Conversation | undefined {
    if (session === undefined) return undefined;
    const conversations = this.#conversations;
    let found = this.#find(session, now, settings);
    // The order of a map is that of insertion: the one used last goes to its end, the first is the oldest.
    conversations.delete(session);
    while (conversations.size >= settings.entries) conversations.delete(conversations.keys().next().value!);
    found ??= {
      ...{ buildup: new Buildup(), probing: new ConversationProbing(), classes: new Set() },
      ...{ last: Number.NaN, time: now },
    };
    conversations.set(session, found);
    return found;
  }
}

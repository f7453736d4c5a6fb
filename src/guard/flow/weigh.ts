// What is known of one proposed call: where each of its arguments comes from, and what speaks against it. No ruling is made here:
// policies do that (`ruleCall`).
import { isObject } from '../../base/index.ts';
import type { ArgumentOrigin, FlowConcern, ParameterKind, ToolEffect } from '../../contract/index.ts';
import { addressesIn } from './addresses.ts';
import { isAuthorised } from './authority.ts';
import type { Conversation } from './conversation.ts';
import { daysIn, reckonsDays } from './dates.ts';
import { toNumber } from './normal.ts';
import { type Scalar, isBeyondBounds, scalarsOf } from './scalars.ts';
import { bare } from './secrets.ts';

/** A call that a model proposes. */
export interface ProposedCall {
  readonly tool: string;
  readonly arguments: unknown;
}

export interface CallFacts {
  readonly effect: ToolEffect;
  readonly untrusted: boolean;
  readonly private: boolean;
  readonly refused: boolean;
  readonly concerns: readonly FlowConcern[];
  /** A sentence for each concern; never a value. */
  readonly reasons: readonly string[];
  readonly arguments: Readonly<Record<string, ArgumentOrigin>>;
}

export interface WeighOptions {
  /** Values that ground a target whoever named them: addresses, and with a leading `@` a domain of e-mail addresses. */
  readonly allow?: readonly string[];
}

/** Parameters that say what something is called. */
const NAME_PARAMETER = /^(?:title|name|subject|summary|label|heading|file_?name)$/i;
/** Parameters that are amounts, of which a difference can be spoken. */
const AMOUNT = /amount|price|sum|total|limit|budget|quantity|balance|rent|fee/i;
/** Fields of an object of ids that say what kind of thing an id is of. */
const KIND_FIELD = /^(?:type|kind)$/i;

type Weighed = ArgumentOrigin & { readonly concern?: FlowConcern; readonly why?: string };

class Weighing {
  readonly #conversation: Conversation;
  readonly #allow: readonly string[];

  constructor(conversation: Conversation, { allow = [] }: WeighOptions) {
    this.#conversation = conversation;
    this.#allow = allow.map((each) => each.toLowerCase());
  }

  /** What the model made up of all that it was shown. */
  get #composed(): ArgumentOrigin['origin'] {
    return this.#conversation.untrusted ? 'untrusted' : 'user';
  }

  /** The best source of a value, and how far it is trusted. */
  #sourceOf(value: string | number, isAmount = false): ArgumentOrigin & { origin: ArgumentOrigin['origin'] } {
    const { prompt, system, trusted, identifiers } = this.#conversation;
    if (prompt.has(value)) return { origin: 'user', source: 'prompt' };
    if (system.has(value)) return { origin: 'trusted', source: 'system prompt' };
    if (this.#isAllowed(String(value))) return { origin: 'trusted', source: 'allowlist' };
    const known = trusted.sourceOf(value);
    if (known !== undefined) return { origin: 'trusted', source: known };
    if (isAmount && this.#isDifference(value))
      return { origin: 'trusted', source: 'a difference that the prompt names' };
    const named = identifiers.sourceOf(value);
    if (named !== undefined) return { origin: 'identifier', source: named };
    return { origin: this.#composed };
  }

  #isAllowed(value: string): boolean {
    const plain = value.trim().toLowerCase();
    return this.#allow.some((each) =>
      each.startsWith('@') ? /^[^\s@:/?#\\]+@[^\s@:/?#\\]+$/.test(plain) && plain.endsWith(each) : plain === each,
    );
  }

  /** An amount that is the sum or difference of one that the user named and one of the system, where he speaks of a difference. */
  #isDifference(value: string | number): boolean {
    const amount = typeof value === 'number' ? value : toNumber(value);
    const { prompt, trusted, userTexts, vocabulary } = this.#conversation;
    if (amount === undefined || !userTexts.some((text) => text.search(vocabulary.differences) >= 0)) return false;
    const near = (other: number): boolean => Math.abs(other - amount) < 0.005;
    for (const named of prompt.numbers) {
      for (const known of trusted.words.numbers) if (near(known + named) || near(known - named)) return true;
    }
    return false;
  }

  target(value: string | number, place: string, isAmount: boolean): Weighed {
    const source = this.#sourceOf(value, isAmount);
    if (source.origin === 'user' && source.source === undefined) return source;
    if (source.origin === 'untrusted') {
      return {
        ...source,
        grounded: false,
        concern: 'target_ungrounded',
        why: `${place} does not come from the user or a trusted value`,
      };
    }
    if (source.origin !== 'identifier') return { ...source, grounded: true };
    return {
      ...source,
      grounded: false,
      concern: 'target_identifier',
      why: `${place} was written by another (${source.source})`,
    };
  }

  id(value: string | number, place: string): Weighed {
    const { prompt, system } = this.#conversation;
    if (prompt.hasId(value)) return { origin: 'user', grounded: true, source: 'prompt' };
    if (system.hasId(value)) return { origin: 'trusted', grounded: true, source: 'system prompt' };
    const { seen, result, choice } = this.#conversation.choose(value);
    if (choice !== undefined && result !== undefined) {
      return { origin: 'trusted', grounded: true, source: `result ${result.index + 1} of ${result.tool} (${choice})` };
    }
    if (seen) {
      return {
        origin: 'trusted',
        grounded: false,
        concern: 'id_unselected',
        why: `${place} is an id that the user's words do not choose`,
      };
    }
    return {
      origin: this.#composed,
      grounded: false,
      concern: 'id_ungrounded',
      why: `${place} is no id that the user named or the system returned`,
    };
  }

  entity(value: string | number, place: string): Weighed {
    const source = this.#sourceOf(value);
    if (source.origin !== 'untrusted') return { ...source, grounded: true };
    return {
      ...source,
      grounded: false,
      concern: 'entity_ungrounded',
      why: `${place} is no name that the user or a catalogue has`,
    };
  }

  /** Free text, times, modes: what they are made of is not asked, but they carry no address of a stranger. */
  text(value: string | number, place: string): Weighed {
    const { prompt, system, trusted } = this.#conversation;
    const origin = prompt.has(value) ? 'user' : this.#composed;
    const foreign = [...addressesIn(String(value))].some(
      (address) =>
        !prompt.addresses.has(address) &&
        !system.addresses.has(address) &&
        !trusted.words.addresses.has(address) &&
        !this.#isAllowed(address),
    );
    if (!foreign) return { origin };
    return {
      origin,
      grounded: false,
      concern: 'foreign_address',
      why: `${place} holds an address, link or account number that the user did not give`,
    };
  }

  weigh({ field, parameter, place, value }: Scalar, kind: ParameterKind): Weighed {
    if (typeof value === 'boolean' && kind === 'target') {
      const why = `${place} switches something that carries authority`;
      return { origin: this.#composed, grounded: false, concern: 'target_ungrounded', why };
    }
    if (typeof value === 'boolean' || value === '') return { origin: this.#composed };
    const isKind = place !== parameter && KIND_FIELD.test(field) && /^[a-z_]{1,20}$/i.test(String(value));
    if (kind === 'id' && isKind && !this.#conversation.choose(value).seen) return { origin: this.#composed };
    if (kind === 'target') return this.target(value, place, AMOUNT.test(parameter));
    if (kind === 'id') return this.id(value, place);
    return kind === 'entity' ? this.entity(value, place) : this.text(value, place);
  }

  /** Whether the user said what something is to be called, and this is none of what he said. */
  contradictsName({ parameter, value }: Scalar): boolean {
    const { prompt, vocabulary } = this.#conversation;
    if (typeof value !== 'string' || !NAME_PARAMETER.test(parameter)) return false;
    return prompt.texts.some((text) => vocabulary.naming.test(text)) && !prompt.fitsQuoted(value);
  }

  /** The secret that a value carries out, by where it came from. */
  secretIn(value: string): string | undefined {
    const { secrets, bareTexts } = this.#conversation;
    if (secrets.size === 0) return undefined;
    for (const { plain, source } of secrets.in(bare(decoded(value)))) {
      // What the user himself wrote is his to send.
      if (!bareTexts.some((text) => text.includes(plain))) return source;
    }
    return undefined;
  }
}

/** A text with its percent encoding and its wide characters undone. */
function decoded(text: string): string {
  const plain = text.normalize('NFKC');
  if (!plain.includes('%')) return plain;
  return `${plain} ${plain.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))}`;
}

/** Weighs a call against all that the conversation has seen so far. */
export function weighCall(conversation: Conversation, call: ProposedCall, options: WeighOptions = {}): CallFacts {
  const { effect, unlabelled, kindOf } = conversation.book.factsOf(call.tool);
  const concerns = new Set<FlowConcern>();
  const reasons: string[] = [];
  const note = (concern: FlowConcern, why: string): void => {
    concerns.add(concern);
    reasons.push(why);
  };
  const facts = (origins: Record<string, ArgumentOrigin>): CallFacts => ({
    effect,
    untrusted: conversation.untrusted,
    private: conversation.private,
    refused: conversation.refused,
    concerns: [...concerns],
    reasons,
    arguments: origins,
  });
  const isPlain = isObject(call.arguments);
  if (!isPlain || isBeyondBounds(call.arguments)) {
    note('malformed', 'the arguments are no object, or more than is looked at');
    return facts({});
  }
  const weighing = new Weighing(conversation, options);
  const origins: [string, ArgumentOrigin][] = [];
  const days = new Set<string>();
  for (const scalar of scalarsOf(call.arguments)) {
    const kind = effect === 'read' ? 'content' : kindOf(scalar.parameter);
    const { concern, why, ...origin } = weighing.weigh(scalar, kind);
    origins.push([scalar.place, effect === 'read' ? { origin: origin.origin } : { ...origin, kind }]);
    if (effect === 'read') continue;
    if (concern !== undefined) note(concern, why!);
    const secret = weighing.secretIn(String(scalar.value));
    if (secret !== undefined) note('secret_leaves', `${scalar.place} carries a secret (${secret})`);
    if (kind === 'content' && weighing.contradictsName(scalar))
      note('contradicted', `${scalar.place} is not what the user said it is to be called`);
    if (kind === 'option') for (const day of daysIn(String(scalar.value))) days.add(day);
  }
  if (effect === 'write') {
    if (unlabelled) note('unlabelled', 'nobody has said what this tool does');
    const { userTexts, vocabulary, prompt } = conversation;
    if (!isAuthorised(call.tool, userTexts, vocabulary)) note('unauthorised', `the user did not ask for ${call.tool}`);
    const named = prompt.days;
    if (days.size > 0 && named.size > 0 && ![...days].some((day) => named.has(day)) && !userTexts.some(reckonsDays)) {
      note('contradicted', 'the user named other days');
    }
  }
  return facts(Object.fromEntries(origins));
}

// The strings of one streamed choice: which grow from chunk to chunk, and under which key they are one text.
import { isObject } from '../../base/index.ts';
import type { Uninspected } from '../../contract/index.ts';
import type { Json } from '../checks.ts';
import { escapeToken } from '../pointer.ts';
import { IDENTIFIER, VARIANT, isBase64 } from '../shape.ts';
import { malformedStream } from '../stream-limits.ts';
import { listWhole, toWhole, type SeenStrings } from '../stream-strings.ts';
import type { TextDelta } from '../surface.ts';
import { LONG_NUMBER, PLAIN_NAME } from '../walk.ts';

/** A step of the way from a choice to a string: a member's name, or an element by its `index` or its position. */
export type Step = string | { readonly element: number; readonly named: boolean };

/** Where the strings of a choice are put. */
export interface ChunkStrings {
  readonly texts: TextDelta[];
  readonly uninspected: Set<Uninspected>;
  readonly seen: SeenStrings;
  /** Told of each growing string, so that an event with more of it can be made. */
  onGrowing(key: string, steps: readonly Step[]): void;
}

/** Members of a delta that hold lists of finished things, repeated or added to, never grown letter by letter. */
const WHOLE_MEMBERS = new Set(['annotations', 'citations', 'images']);
/** Names, below the members of a delta, whose short one-word values say of what variant an object is. */
const VARIANT_NAMES = new Set(['type', 'format', 'object', 'status']);

/** Members of a delta that clients join piece by piece, whatever the type: numbers would join to a text unread. */
const GROWING_MEMBERS = new Set(['content', 'refusal', 'reasoning', 'reasoning_content', 'thinking']);
/** Such members below the members of a delta. */
const GROWING_INNER = new Set(['arguments', 'input', 'text', 'transcript']);

/** @throws AncileError `upstream_malformed` for a member known to grow that is neither a string nor null. */
function checkGrowing(name: string, value: unknown, parents: readonly Step[]): void {
  if (typeof value === 'string' || value === null || parents[0] !== 'delta') return;
  if (GROWING_INNER.has(name) || (parents.length === 1 && GROWING_MEMBERS.has(name)))
    throw malformedStream('a text of a chunk is neither a string nor null');
}

type Kind = 'skip' | 'whole' | 'growing' | 'audio';

function classify(name: string, text: string, parents: readonly Step[]): Kind {
  const depth = parents.length;
  if (depth === 0 && name === 'finish_reason') return VARIANT.known!(text) ? 'whole' : 'growing';
  if (depth === 1 && name === 'role') return text === 'assistant' ? 'skip' : 'whole';
  if (depth < 2) return 'growing';
  if (name === 'id' && IDENTIFIER.known!(text)) return 'skip';
  if (VARIANT_NAMES.has(name) && VARIANT.known!(text)) return 'whole';
  return parents[1] === 'audio' && name === 'data' && isBase64(text) ? 'audio' : 'growing';
}

/**
 * Lists every string of a choice, in document order. What is not known to be whole grows: pieces of it under one
 * key are one text. A key is the path with elements named by their `index` where they have one, so it is the same
 * in every chunk.
 */
export function listChoiceStrings(index: number, choice: Json, into: ChunkStrings): void {
  const whole = (node: Json | unknown[], name: string, key: string, text: string, ofName: boolean): void => {
    if (!into.seen.note(key, text)) return;
    const path = `/${escapeToken(name)}${ofName ? '~' : ''}`;
    into.texts.push(toWhole(node, path, key, text, into.seen));
  };
  const visit = (node: Json | unknown[], parentKey: string, parents: readonly Step[]): void => {
    if (parents.length > 64) throw malformedStream('a chunk of the stream is nested too deep');
    const isList = Array.isArray(node);
    for (const [name, value] of Object.entries(node)) {
      if (parents.length === 0 && name === 'index') continue;
      const own: unknown = isList && isObject(value) ? value['index'] : undefined;
      const named = typeof own === 'number' && Number.isInteger(own);
      const step: Step = isList ? { element: named ? own : Number(name), named } : name;
      const token = typeof step === 'string' ? escapeToken(step) : `${step.named ? '' : '@'}${step.element}`;
      const key = `${parentKey}/${token}`;
      if (!isList) checkGrowing(name, value, parents);
      if (typeof value === 'string' && value !== '') {
        const kind = classify(name, value, parents);
        if (kind === 'audio') into.uninspected.add('audio');
        else if (kind === 'whole') whole(node, name, key, value, false);
        else if (kind === 'growing') {
          const steps = [...parents, step];
          // Later events are made from the names as they came, so none may be a text that a redaction would change.
          if (steps.some((each) => typeof each === 'string' && !PLAIN_NAME.test(each)))
            throw malformedStream('a text of a chunk stands under a name that is no plain identifier');
          into.onGrowing(key, steps);
          const put = (text: string): void => void ((node as Json)[name] = text);
          into.texts.push({ key, kind: 'text', text: value, put });
        }
      } else if (typeof value === 'number' && Math.abs(value) > LONG_NUMBER && name !== 'expires_at') {
        whole(node, name, key, String(value), false);
      } else if (parents.length === 1 && WHOLE_MEMBERS.has(name) && typeof value === 'object' && value !== null) {
        listWhole(value, key, {}, into.seen, into.texts, into.uninspected);
      } else if (typeof value === 'object' && value !== null) {
        visit(value as Json | unknown[], key, [...parents, step]);
      }
      // Last, for a changed name moves the member that the lines above refer to.
      if (!isList && !PLAIN_NAME.test(name)) whole(node, name, `${key}~`, name, true);
    }
  };
  visit(choice, `/choices/${index}`, []);
}

/** The choice-shaped object that holds nothing but `text`, at the place that the steps lead to. */
export function toSkeleton(index: number, steps: readonly Step[], text: string): Json {
  let value: unknown = text;
  for (const step of steps.toReversed()) {
    if (typeof step === 'string') value = { [step]: value };
    else if (step.named && isObject(value)) value = [{ index: step.element, ...value }];
    else value = [value];
  }
  return { index, ...(value as Json), finish_reason: null };
}

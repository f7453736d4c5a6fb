// Outside text in a prompt of ours: every line of it behind a mark that nobody could have guessed, and of the reply only
// what was asked for is taken.
import type { z } from 'zod';
import { AncileError, randomToken } from '../base/index.ts';
import { parseJson } from '../codec/index.ts';

const REPLY_BYTES = 4096;

/** Breaks that a reader of the prompt may take for the end of a line. */
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;
const LINE_BREAKS = new RegExp(LINE_BREAK, 'g');

/** What sets one prompt apart: drawn anew for each, and in no text that existed before. */
export interface Fence {
  /** Begins every line of outside text. */
  readonly mark: string;
  /** What the reply must repeat; it stands in our own lines alone, so no outside text can hold a reply that counts. */
  readonly check: string;
}

export function drawFence(): Fence {
  return { mark: randomToken(16), check: randomToken(12) };
}

/** Every line of an outside text behind the mark: none can be taken for a line of ours. */
export function fenceText(text: string, { mark }: Fence): string {
  return text
    .split(LINE_BREAK)
    .map((line) => `${mark}| ${line}`)
    .join('\n');
}

/** A text on one line. */
export function oneLine(text: string): string {
  return text.replace(LINE_BREAKS, ' ');
}

/**
 * Reads a judge's reply: one JSON object of the form, bare or in a code fence, that repeats the check.
 * @throws AncileError `upstream_malformed`
 */
export function readReply<T extends { readonly check: string }>(reply: string, form: z.ZodType<T>, fence: Fence): T {
  const bare = /^\s*```(?:json)?\s*([\s\S]{0,4096}?)\s*```\s*$/.exec(reply)?.[1] ?? reply.trim();
  const bounds = { maxBytes: REPLY_BYTES, maxDepth: 4, what: "the judge's reply", code: 'upstream_malformed' } as const;
  const parsed = form.safeParse(parseJson(bare, bounds));
  if (!parsed.success || parsed.data.check !== fence.check) throw malformedReply();
  return parsed.data;
}

/** Says nothing of the reply's words: they could be those of the text under judgement. */
export function malformedReply(): AncileError {
  return new AncileError('upstream_malformed', "the judge's reply is not of the form that was asked for");
}

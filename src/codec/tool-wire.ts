// The tool calls of a dialect as flow control sees them: what a resent history says of earlier ones, what an answer proposes, and how
// a proposed call is taken out of an answer so that the agent can go on.

/** One entry of a conversation, in order. */
export type HistoryItem =
  | { readonly kind: 'system' | 'user' | 'assistant'; readonly text: string }
  | { readonly kind: 'call'; readonly id: string; readonly name: string; readonly arguments: unknown }
  | { readonly kind: 'result'; readonly id: string; readonly text: string };

export interface ProposedToolCall {
  readonly id: string;
  readonly name: string;
  /** `undefined` where they are no JSON. */
  readonly arguments: unknown;
}

export interface ToolWire {
  readHistory(body: unknown): HistoryItem[];
  /** Every call of a whole answer. */
  readCalls(answer: unknown): ProposedToolCall[];
  /** One call of a stream, as the reader gives it (`ToolCall.body`). */
  readCall(body: unknown): ProposedToolCall;
  /**
   * Takes calls out of an answer and puts a text in the place of each. Changes `answer`.
   * @param toNote - the text for a call that is taken out; undefined for one that stays. Asked in the order of `readCalls`.
   */
  dropCalls(answer: unknown, toNote: (call: ProposedToolCall) => string | undefined): void;
}

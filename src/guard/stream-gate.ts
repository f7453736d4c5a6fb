// The judge of a stream: one gate for each text in it, tool calls judged whole.
import type { LlmSurface, Release, StreamGate, TextDelta, ToolCall } from '../codec/index.ts';
import type { TextGate } from './gate.ts';
import type { OutputJudge } from './output.ts';

export function createStreamGate(judge: OutputJudge, surface: LlmSurface): StreamGate {
  const gates = new Map<string, TextGate>();

  /** A text that is complete in itself: judged at once. */
  function judgeWhole(delta: TextDelta): Release {
    const verdict = judge.judgeBody([{ path: delta.key, channel: 'output', origin: 'untrusted', text: delta.text }]);
    if (verdict.denied) return { text: '', cut: true };
    const rewrite = verdict.rewrites[0];
    return rewrite === undefined
      ? { text: delta.text, upTo: delta.text.length }
      : { text: rewrite.text, upTo: delta.text.length, redacted: rewrite.spans };
  }

  return {
    push(delta) {
      if (delta.text !== '') judge.noteContent();
      let gate = gates.get(delta.key);
      if (gate === undefined) gates.set(delta.key, (gate = judge.openText(delta.key, 'output')));
      return gate.push(delta.text);
    },
    end(key) {
      const gate = gates.get(key);
      if (gate === undefined) return { text: '' };
      gates.delete(key);
      return gate.end();
    },
    whole: judgeWhole,
    toolCall(call: ToolCall) {
      const verdict = judge.judgeBody(call.segments);
      if (verdict.denied) return { cut: true };
      if (verdict.rewrites.length > 0) surface.redact(call.body, verdict.rewrites);
      return {};
    },
  };
}

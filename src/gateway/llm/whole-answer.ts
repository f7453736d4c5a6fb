// An answer that comes whole: read, judged, written anew.
import { toAncileError } from '../../base/index.ts';
import { parseJson } from '../../codec/index.ts';
import { toDenial } from '../../guard/index.ts';
import type { AnswerHeaders } from '../../net/index.ts';
import { type AnswerReader, type AnswerScene, answerError, answerHeaders } from './answer.ts';
import { Collector } from './collect.ts';

export function answerWhole(scene: AnswerScene, status: number, headers: AnswerHeaders): AnswerReader {
  const { parts, surface, response, run, judge } = scene;
  const collector = new Collector(parts.limits.answerBytes);

  async function answer(): Promise<void> {
    const body = parseJson(collector.take(), {
      maxBytes: parts.limits.answerBytes,
      maxDepth: parts.limits.depth,
      what: "the upstream's answer",
      code: 'upstream_malformed',
    });
    const view = surface.readResponse(body);
    judge.noteUninspected(view.uninspected);
    const verdict = judge.judgeBody(view.segments);
    run.noteUsage(view.usage);
    for (const segment of view.segments) run.noteReceived(segment.text);
    if (verdict.denied) {
      const denial = toDenial(judge.decision(), 'output');
      const rendered = surface.renderError(denial);
      await run.opened;
      if (!(await run.close({ outcome: 'denied_output', status: rendered.status, reason: denial.code }))) return;
      send(rendered.status, rendered.body, { ...answerHeaders(scene, headers), ...rendered.headers });
      return;
    }
    const released = JSON.stringify(verdict.rewrites.length === 0 ? body : surface.redact(body, verdict.rewrites));
    run.noteReleased(released);
    await run.opened;
    if (!(await run.close({ outcome: 'completed', status }))) return;
    send(status, released, { ...answerHeaders(scene, headers), 'content-type': 'application/json' });
  }

  function send(code: number, body: string, fields: Record<string, string>): void {
    if (response.destroyed) return;
    response.writeHead(code, { ...fields, 'content-length': Buffer.byteLength(body) });
    response.end(body);
  }

  return {
    data: (chunk) => collector.add(chunk),
    end() {
      answer().catch((thrown: unknown) => {
        const error = toAncileError(thrown);
        parts.onFault(error, run.exchange.id);
        void answerError(scene, error);
      });
    },
    fail: (error) => void answerError(scene, error, headers),
  };
}

// An answer that comes whole: read, judged, written anew.
import { toAncileError } from '../../base/index.ts';
import { type ResponseView, parseJson } from '../../codec/index.ts';
import { documentsOf } from '../../detect/index.ts';
import { APPROVAL_HEADER, type OutputVerdict, judgeGrounding, toComplaint, toDenial } from '../../guard/index.ts';
import type { AnswerHeaders } from '../../net/index.ts';
import { boundSilence } from '../ending.ts';
import { nextTurn } from '../turns.ts';
import { type AnswerReader, type AnswerScene, answerError, answerHeaders } from './answer.ts';
import { type Grant, askForApproval } from './approval.ts';
import { askModel } from './ask-model.ts';
import { Collector } from './collect.ts';

/** A body as it is written; JSON stays text, of which evidence can be kept. */
interface WireBody {
  readonly contentType: string;
  readonly bytes: string | Buffer;
}

export function answerWhole(scene: AnswerScene, status: number, headers: AnswerHeaders): AnswerReader {
  const { parts, surface, response, run, judge } = scene;
  const collector = new Collector(parts.limits.answerBytes, scene.slot);

  /** JSON, unless the surface knows the answer's type as something else (audio, plain text). */
  function readBody(): unknown {
    const bytes = collector.take();
    const parsed = surface.parseAnswer?.(bytes, String(headers['content-type'] ?? ''));
    if (parsed !== undefined) return parsed;
    return parseJson(bytes, {
      maxBytes: parts.limits.answerBytes,
      maxDepth: parts.limits.depth,
      what: "the upstream's answer",
      code: 'upstream_malformed',
    });
  }

  function writeBody(body: unknown): WireBody {
    return surface.encodeAnswer?.(body) ?? { contentType: 'application/json', bytes: JSON.stringify(body) };
  }

  /** Has a model say what of the answer its documents do not bear out, where one is configured for that. */
  async function askJudge(view: ResponseView): Promise<void> {
    const { judge: asked } = parts;
    if (asked === undefined || judge.denied) return;
    const documents = documentsOf(run.view.segments);
    if (documents.texts.length === 0) return;
    const ask = (prompt: string): Promise<string> => askModel(parts, scene.slot, asked.model, prompt, asked.timeout);
    for (const { path, channel, text } of view.segments) {
      if (channel === 'output') judge.noteJudgement(await judgeGrounding(ask, documents, text), { path, channel });
    }
  }

  /** Lets a held answer wait for a person. */
  async function grant(body: unknown, view: ResponseView): Promise<Grant> {
    if (!judge.held || parts.approvers === undefined) return { granted: false };
    await run.opened;
    return askForApproval(parts.approvers, run, response, {
      direction: 'output',
      content: { request: parts.keyedDigest(JSON.stringify(scene.asked)), answer: writeBody(body).bytes.toString() },
      segments: view.segments,
      findings: judge.findings,
      decision: judge.decision(),
    });
  }

  async function answer(): Promise<void> {
    const turn = nextTurn();
    if (turn !== undefined) await turn;
    const body = readBody();
    const view = surface.readResponse(body);
    judge.noteUninspected(view.uninspected);
    const verdict: OutputVerdict = judge.judgeBody(view.segments);
    await askJudge(view);
    judge.noteEnding(view);
    run.noteUsage(view.usage);
    // It has come, also where there is no text in it.
    run.noteReceived('');
    for (const segment of view.segments) run.noteReceived(segment.text);
    if (judge.reask && scene.reask !== undefined && surface.reask !== undefined) {
      run.noteDiscontent(judge);
      scene.reask(surface.reask(scene.asked, body, toComplaint(judge.findings)));
      return;
    }
    const granted = judge.denied ? await grant(body, view) : { granted: false as const };
    if (run.ended) return;
    if (judge.denied && !granted.granted) {
      const { approval } = granted;
      const denial = toDenial(judge.decision(), 'output', approval);
      const rendered = surface.renderError(denial);
      await run.opened;
      if (!(await run.close({ outcome: 'denied_output', status: rendered.status, reason: denial.code }))) return;
      const named: Record<string, string> = approval === undefined ? {} : { [APPROVAL_HEADER]: approval.id };
      send(rendered.status, rendered.body, { ...answerHeaders(scene, headers), ...rendered.headers, ...named });
      return;
    }
    const rewrites = granted.granted ? verdict.ifApproved : verdict.rewrites;
    const { contentType, bytes } = writeBody(rewrites.length === 0 ? body : surface.redact(body, rewrites));
    run.noteReleased(bytes);
    await run.opened;
    if (!(await run.close({ outcome: 'completed', status }))) return;
    send(status, bytes, { ...answerHeaders(scene, headers), 'content-type': contentType });
  }

  function send(code: number, body: string | Buffer, fields: Record<string, string>): void {
    if (response.destroyed) return;
    boundSilence(response, parts.limits.upstreamIdleTimeout);
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

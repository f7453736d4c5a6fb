// An answer that comes whole: read, judged, written anew.
import { toAncileError } from '../../base/index.ts';
import { type ResponseView, parseJson } from '../../codec/index.ts';
import { documentsOf } from '../../detect/index.ts';
import {
  APPROVAL_HEADER,
  JUDGE_STAGE,
  type OutputVerdict,
  judgeGrounding,
  toComplaint,
  toDenial,
} from '../../guard/index.ts';
import type { AnswerHeaders } from '../../net/index.ts';
import { boundSilence } from '../ending.ts';
import { turns } from '../turns.ts';
import { type AnswerReader, type AnswerScene, answerError, answerHeaders } from './answer.ts';
import { type Grant, askForApproval } from './approval.ts';
import { askModel } from './ask-model.ts';
import { Collector } from './collect.ts';
import { settleCalls } from './flow.ts';

/** Texts of one answer that a judge is asked about: each is a request of its own, which nobody's budget bounds. */
const MAX_JUDGED = 8;

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

  /** The request that is answered, as bytes. */
  function encodeRequest(): string | Buffer {
    return surface.encodeBody?.(scene.asked).bytes ?? JSON.stringify(scene.asked);
  }

  /**
   * Has a model say what of the answer its documents do not bear out, where one is configured for that. Its provider may
   * be another: it gets what policy lets out, of the request and of the answer.
   */
  async function askJudge(view: ResponseView, { rewrites }: OutputVerdict): Promise<void> {
    const { judge: asked } = parts;
    if (asked === undefined || judge.denied) return;
    const documents = documentsOf(scene.sent());
    const redacted = new Map(rewrites.map((rewrite) => [rewrite.path, rewrite.text]));
    if (documents.texts.length === 0) return;
    const ask = (prompt: string): Promise<string> => askModel(parts, scene.slot, asked.model, prompt, asked.timeout);
    const texts = view.segments.filter(({ channel }) => channel === 'output');
    for (const { path, channel, text } of texts.slice(0, MAX_JUDGED)) {
      if (run.ended) return;
      const shown = redacted.get(path);
      const judgement = await judgeGrounding(ask, documents, shown ?? text);
      // Of a redacted text the places are not those of the original: the finding is of all of it.
      const findings =
        shown === undefined
          ? judgement.findings
          : judgement.findings.map((finding) => ({ ...finding, start: 0, end: text.length }));
      judge.noteJudgement({ ...judgement, findings }, { path, channel });
    }
    if (texts.length <= MAX_JUDGED) return;
    const skipped = { stage: JUDGE_STAGE, status: 'skipped', detail: `more than ${MAX_JUDGED} texts` } as const;
    judge.noteJudgement({ findings: [], failures: [skipped] }, { path: '', channel: 'output' });
  }

  /** Lets a held answer wait for a person. */
  async function grant(body: unknown, view: ResponseView): Promise<Grant> {
    if (!judge.held || parts.approvers === undefined) return { granted: false };
    await run.opened;
    return askForApproval(parts.approvers, run, response, {
      direction: 'output',
      content: { request: parts.keyedDigest(encodeRequest()), answer: parts.keyedDigest(writeBody(body).bytes) },
      segments: view.segments,
      findings: judge.findings,
      decision: judge.decision(),
    });
  }

  async function answer(): Promise<void> {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    const body = readBody();
    const view = surface.readResponse(body);
    judge.noteUninspected(view.uninspected);
    const verdict: OutputVerdict = judge.judgeBody(view.segments);
    await askJudge(view, verdict);
    // Its client may have gone, or its key ended, while the judge was asked.
    if (run.ended) return;
    judge.noteEnding(view);
    run.noteUsage(view.usage);
    // It has come, also where there is no text in it.
    run.noteReceived('');
    for (const segment of view.segments) run.noteReceived(segment.text);
    if (judge.reask && scene.reask !== undefined && surface.reask !== undefined) {
      run.noteDiscontent(judge);
      // What was found in the answer must not be told to whoever is asked now.
      const shown = verdict.ifReasked.length === 0 ? body : surface.redact(body, verdict.ifReasked);
      scene.reask(surface.reask(scene.asked, shown, toComplaint(judge.findings)));
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
    const released = rewrites.length === 0 ? body : surface.redact(body, rewrites);
    await settleCalls(scene, released);
    if (run.ended) return;
    const { contentType, bytes } = writeBody(released);
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

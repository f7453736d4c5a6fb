// An answer that streams: each event judged as it comes, nothing written before the opened record is durable, no
// terminator before the closed one is, and a slow client felt by the upstream.
import { AncileError, toAncileError } from '../../base/index.ts';
import { type StreamPiece, type StreamReader, passEvent } from '../../codec/index.ts';
import type { Outcome } from '../../contract/index.ts';
import { createStreamGate, toDenial } from '../../guard/index.ts';
import type { AnswerHeaders } from '../../net/index.ts';
import { boundSilence } from '../ending.ts';
import { type AnswerReader, type AnswerScene, answerHeaders } from './answer.ts';
import { withFlow } from './flow.ts';
import { faultOutcome, withoutSecrets } from './run.ts';

/** An error that the upstream reports within its stream, without our key or its address in its words. */
function withoutConfidential(piece: StreamPiece, confidential: readonly string[]): StreamPiece {
  const texts = piece.texts.map((delta) => {
    const text = withoutSecrets(delta.text, confidential);
    if (text === delta.text) return delta;
    delta.put(text);
    return { ...delta, text };
  });
  return { ...piece, texts };
}

export function answerStream(scene: AnswerScene, reader: StreamReader, upstreamHeaders: AnswerHeaders): AnswerReader {
  const { parts, surface, response, run, judge } = scene;
  const { door } = run.target;
  const framing = door.openFraming();
  const gate = withFlow(createStreamGate(judge, surface), scene);
  let received = 0;
  const finishReasons: string[] = [];
  /** Text that waits for the opened record; undefined once that is durable. */
  let waiting: string[] | undefined = [];
  let finished = false;
  /** Judged and free to leave, not yet written. */
  let gathered = '';

  run.opened.then(
    () => {
      if (response.destroyed || waiting === undefined) return;
      response.writeHead(200, {
        ...answerHeaders(scene, upstreamHeaders),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
      });
      const text = waiting.join('');
      waiting = undefined;
      if (text === '') response.flushHeaders();
      else response.write(text);
    },
    (thrown: unknown) => {
      scene.flight().abort();
      void fail(toAncileError(thrown, 'ledger_fault'));
    },
  );

  /** Releases what was gathered of one read of the upstream, in one write. */
  function flush(): void {
    const text = gathered;
    if (text === '') return;
    gathered = '';
    run.noteReleased(text);
    if (waiting !== undefined) waiting.push(text);
    else if (!response.write(text)) {
      const flight = scene.flight();
      flight.pause();
      // A client that reads nothing must not hold a connection to the upstream for good.
      const patience = setTimeout(() => response.destroy(), parts.limits.upstreamIdleTimeout);
      const forget = (): void => clearTimeout(patience);
      response.once('close', forget);
      response.once('drain', () => {
        forget();
        response.off('close', forget);
        flight.resume();
      });
    }
  }

  /** Closes the record, then lets the last words out. */
  async function finish(outcome: Outcome, last: string, reason?: string): Promise<void> {
    if (finished) return;
    finished = true;
    flush();
    let tail = last;
    try {
      await run.opened;
      await scene.flow?.settled();
      run.noteReleased(last);
      if (!(await run.close({ outcome, status: 200, ...(reason === undefined ? {} : { reason }) }))) return;
    } catch (thrown) {
      const error = toAncileError(thrown, 'ledger_fault');
      // Where the opened record failed nothing has closed the exchange yet.
      await run.close({ outcome: 'fault', status: error.status, reason: error.code }).catch(() => undefined);
      tail = surface.renderStreamError(error);
    }
    if (response.destroyed) return;
    boundSilence(response, parts.limits.upstreamIdleTimeout);
    if (response.headersSent) {
      response.end(tail);
      return;
    }
    // The opened record could not be written: nothing has been released, so a plain error answer still can be.
    const rendered = surface.renderError(new AncileError('ledger_fault', 'the exchange could not be recorded'));
    response.writeHead(rendered.status, { ...answerHeaders(scene, {}), ...rendered.headers });
    response.end(rendered.body);
  }

  function fail(error: AncileError): Promise<void> {
    return finish(faultOutcome(error), surface.renderStreamError(error), error.code);
  }

  function deny(): void {
    scene.flight().abort();
    const error = toDenial(judge.decision(), 'output');
    void finish('denied_output', surface.renderStreamError(error), error.code);
  }

  function pass(given: StreamPiece): void {
    const piece = given.terminal === 'error' ? withoutConfidential(given, door.confidential) : given;
    run.noteUsage(piece.usage);
    for (const delta of piece.texts) if (delta.kind === 'text') run.noteReceived(delta.text);
    for (const call of piece.toolCalls) for (const segment of call.segments) run.noteReceived(segment.text);
    judge.noteUninspected(piece.uninspected);
    finishReasons.push(...piece.finishReasons);
    const { out, cut } = passEvent(reader, piece, gate);
    if (cut || judge.denied) {
      if (cut) gathered += out;
      deny();
      return;
    }
    if (piece.terminal === undefined) {
      gathered += out;
      return;
    }
    scene.flight().release();
    judge.noteEnding({ finishReasons });
    if (piece.terminal === 'done') void finish('completed', out);
    else void finish('upstream_error', out, 'upstream_stream_error');
  }

  return {
    data(chunk) {
      received += chunk.length;
      if (received > parts.limits.answerBytes) {
        throw new AncileError('upstream_malformed', `the answer is larger than ${parts.limits.answerBytes} bytes`);
      }
      for (const event of framing.push(chunk)) {
        if (finished) return;
        pass(reader.read(event));
      }
      flush();
    },
    end() {
      framing.end();
      if (!finished) pass(reader.end());
      if (finished) return;
      // Some upstreams end without a terminator; their clients know the end by the connection's.
      judge.noteEnding({ finishReasons });
      void finish('completed', '');
    },
    fail: (error) => void fail(error),
  };
}

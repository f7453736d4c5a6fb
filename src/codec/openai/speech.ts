// Speech made from a text: the text is judged, the audio is said to be unread.
import { AncileError } from '../../base/index.ts';
import { checkObject, checkText } from '../checks.ts';
import { IDENTIFIER, OUTPUT, SYSTEM, USER, oneOf } from '../shape.ts';
import type { RequestView, ResponseView } from '../surface.ts';
import { readByShape } from '../walk.ts';
import { isBinary } from './binary-answer.ts';
import { plainShape, toPlainView } from './plain-request.ts';

const REQUEST = plainShape({
  input: { place: USER },
  // How it is to be spoken, by the application.
  instructions: { place: SYSTEM },
  voice: { ...IDENTIFIER, fields: { id: IDENTIFIER } },
  response_format: oneOf('mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'),
  stream_format: oneOf('audio'),
  speed: {},
});

/**
 * Reads the body of `POST /v1/audio/speech`. Audio as events is refused: it would be the same bytes in another frame.
 * @throws AncileError `request_invalid`.
 */
export function readSpeechRequest(value: unknown): RequestView {
  const body = checkObject(value, 'the request body');
  checkText(body['input'], 'input');
  if ((body['stream_format'] ?? 'audio') !== 'audio') {
    const hint = 'Leave stream_format out, or make it "audio".';
    throw new AncileError('request_invalid', 'speech is answered as audio only', { at: 'stream_format', hint });
  }
  // What was spoken is not reported in tokens.
  return toPlainView(body, body, REQUEST, { maxOutputTokens: 0 });
}

/** Reads a whole answer: audio, or JSON that some upstreams answer instead. */
export function readSpeech(body: unknown): ResponseView {
  if (isBinary(body)) return { segments: [], uninspected: ['audio'], finishReasons: [] };
  return { ...readByShape(body, { place: OUTPUT }, OUTPUT), finishReasons: [] };
}

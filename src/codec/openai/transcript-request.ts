// Speech turned into text, in its own language or in English: the audio is said to be unread, the texts are judged.
import { AncileError } from '../../base/index.ts';
import { invalid } from '../checks.ts';
import { USER, VARIANT, oneOf } from '../shape.ts';
import type { RequestView } from '../surface.ts';
import { MODEL_FIELD, asMembers, checkForm, formShape, readFields, toFlag, type FormKind } from './forms.ts';
import { toPlainView } from './plain-request.ts';

const KIND: FormKind = {
  fields: {
    model: MODEL_FIELD,
    prompt: { place: USER },
    language: { known: (text) => /^[a-z]{2,3}(?:-[A-Za-z]{2,4})?$/.test(text) },
    response_format: oneOf('json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'),
    temperature: { known: (text) => /^\d(?:\.\d{1,6})?$/.test(text) },
    stream: oneOf('true', 'false'),
    chunking_strategy: VARIANT,
    include: oneOf('logprobs'),
    timestamp_granularities: oneOf('word', 'segment'),
    known_speaker_names: {},
    known_speaker_references: { opaque: 'audio' },
  },
  files: { file: 'audio' },
  lists: ['include', 'timestamp_granularities', 'known_speaker_names', 'known_speaker_references'],
};
const SHAPE = formShape(KIND);

function refuseStream(why: string, hint: string): AncileError {
  return new AncileError('request_invalid', why, { at: 'stream', hint });
}

function readForm(value: unknown, streams: boolean): RequestView {
  const form = checkForm(value);
  const fields = readFields(form, KIND);
  if (!form.parts.some((part) => part.name === 'file')) throw invalid('file', 'a file');
  const stream = toFlag(fields['stream'], 'stream');
  if (stream && !streams) throw refuseStream('translations are not streamed', 'Ask without stream.');
  // Its segments come apart from the text they are of, so that neither could be judged as one.
  if (stream && fields['response_format'] === 'diarized_json')
    throw refuseStream('transcripts with speakers are not streamed', 'Ask without stream, or for another format.');
  return toPlainView(form, asMembers(fields), SHAPE, { stream });
}

/** Reads the form of `POST /v1/audio/transcriptions`. @throws AncileError `request_invalid`. */
export const readTranscriptionRequest = (value: unknown): RequestView => readForm(value, true);

/** Reads the form of `POST /v1/audio/translations`. @throws AncileError `request_invalid`. */
export const readTranslationRequest = (value: unknown): RequestView => readForm(value, false);

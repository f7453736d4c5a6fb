// The practice model's images, speech and transcripts: one small image, one short silence, and what it says of them.
import type { Answer } from './answer.ts';
import { CREATED } from './openai-wire.ts';
import { toFields } from './openai-prompts.ts';
import type { Prompt } from './prompt.ts';

/** One transparent pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** Bytes with their content type, as the practice model sends what is not JSON. */
export interface RawAnswer {
  readonly contentType: string;
  readonly bytes: Buffer;
}

export function toImages(prompt: Prompt, answer: Answer): unknown {
  const revised_prompt = answer.pieces.join('');
  const { inputTokens, outputTokens } = answer;
  return {
    created: CREATED,
    data: Array.from({ length: prompt.n }, () => ({ b64_json: PIXEL, revised_prompt })),
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { image_tokens: 0, text_tokens: inputTokens },
      output_tokens: outputTokens * prompt.n,
      total_tokens: inputTokens + outputTokens * prompt.n,
    },
  };
}

const RATE = 8000;

/** A WAV file (RIFF, PCM, mono, 8 bits) of a twentieth of a second of silence for each token of the text. */
export function toSpeech(_prompt: Prompt, answer: Answer): RawAnswer {
  const samples = Math.min(answer.inputTokens, 200) * (RATE / 20);
  const bytes = Buffer.alloc(44 + samples, 128);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + samples, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(RATE, 28);
  bytes.writeUInt16LE(1, 32);
  bytes.writeUInt16LE(8, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples, 40);
  return { contentType: 'audio/wav', bytes };
}

const toUsage = ({ inputTokens, outputTokens }: Answer): object => ({
  type: 'tokens',
  input_tokens: inputTokens,
  output_tokens: outputTokens,
  total_tokens: inputTokens + outputTokens,
});

/** The text in lines of some words, a second each, as subtitles have it. */
function toLines(text: string): string[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const lines: string[] = [];
  for (let i = 0; i < words.length; i += 4) lines.push(words.slice(i, i + 4).join(' '));
  return lines;
}

function toClock(seconds: number, point: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${point}000`;
}

function toVerbose(task: string, text: string, answer: Answer): unknown {
  const segments = toLines(text).map((line, id) => ({
    id,
    seek: 0,
    start: id,
    end: id + 1,
    text: ` ${line}`,
    tokens: [],
    temperature: 0,
    avg_logprob: 0,
    compression_ratio: 1,
    no_speech_prob: 0,
  }));
  const words = text.split(/\s+/).map((word, i) => ({ word, start: i / 4, end: (i + 1) / 4 }));
  return { task, language: 'english', duration: segments.length, text, segments, words, usage: toUsage(answer) };
}

/** A transcript in the format that the form asks for. */
export function toTranscript(prompt: Prompt, answer: Answer, body: Record<string, unknown>): unknown {
  const text = answer.pieces.join('');
  const plain = (lines: string): RawAnswer => ({ contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(lines) });
  const cue = (line: string, i: number, point: string): string =>
    `${toClock(i, point)} --> ${toClock(i + 1, point)}\n${line}\n`;
  switch (toFields(body)['response_format']) {
    case 'text':
      return plain(`${text}\n`);
    case 'srt':
      return plain(
        toLines(text)
          .map((line, i) => `${i + 1}\n${cue(line, i, ',')}`)
          .join('\n'),
      );
    case 'vtt':
      return plain(
        `WEBVTT\n\n${toLines(text)
          .map((line, i) => cue(line, i, '.'))
          .join('\n')}`,
      );
    case 'verbose_json':
      return toVerbose('transcribe', text, answer);
    default:
      return { text, usage: toUsage(answer) };
  }
}

/** The events of the streamed transcript, one string each. */
export function* toTranscriptEvents(_prompt: Prompt, answer: Answer): Generator<string> {
  const write = (type: string, rest: object): string =>
    `data: ${JSON.stringify({ type: `transcript.text.${type}`, ...rest })}\n\n`;
  for (const delta of answer.pieces) yield write('delta', { delta });
  yield write('done', { text: answer.pieces.join(''), usage: toUsage(answer) });
}

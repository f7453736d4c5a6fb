// The second stage of prompt-attack detection: how it is set, and what it counts.
import { z } from 'zod';
import { OnFault } from './decision.ts';
import { Duration } from './values.ts';

const share = z.number().min(0).max(1);

const common = {
  band: z
    .tuple([share, share])
    .refine(([low, high]) => low <= high, 'the lower end comes first')
    .default([0.2, 0.8])
    .describe(
      'texts are asked about whose injection score is at least the first and of which no single finding scores above the second; from 0 on, every text is',
    ),
  deadline: Duration.prefault('5s').describe('longest wait, for all texts of a request together'),
  onFault: OnFault.describe('what a request comes to where an opinion was to be had and could not'),
  texts: z
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('texts of one request asked about at most, the most suspicious first; those in the cache cost nothing'),
  concurrency: z.int().min(1).max(1024).default(8).describe('texts asked about at once; others wait in line'),
};

export const Second = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('onnx').describe('a sequence classifier on this machine is asked'),
      folder: z.string().min(1).describe('folder with `model.onnx`, `tokenizer.json` and, best, `config.json`'),
      labels: z
        .array(z.string().min(1))
        .min(1)
        .optional()
        .describe('labels of the model that mean an attack; default: those whose names say so'),
      maxTokens: z
        .int()
        .min(8)
        .max(8192)
        .default(512)
        .describe('longest window that the model is given; longer texts are judged by windows that overlap'),
      threads: z.int().min(1).max(64).default(1).describe('cores that the model may take'),
      ...common,
    }),
    z.strictObject({
      kind: z.literal('judge').describe('a language model is asked'),
      model: z
        .string()
        .min(1)
        .describe('a name of `models`; it is shown the texts that are asked about, redacted as policy says'),
      ...common,
    }),
  ])
  .describe('a second opinion on texts that the fast stage of prompt-attack detection is unsure of');
export type Second = z.infer<typeof Second>;
export type SecondKind = Second['kind'];

/** Who gave a second opinion, what it was, and what the fast stage had said before: both 0..1. */
export const SecondOpinion = z.object({ by: z.enum(['onnx', 'judge']), score: z.number(), before: z.number() });
export type SecondOpinion = z.infer<typeof SecondOpinion>;

/** What was asked since the configuration was taken into use. */
export const SecondCounts = z.object({
  kind: z.enum(['onnx', 'judge']),
  /** Texts that the fast stage judged, of channels that can be asked about. */
  texts: z.int(),
  /** Of those, in the band. */
  uncertain: z.int(),
  /** Askings of the model: `asked / texts` is the call rate. */
  asked: z.int(),
  /** Uncertain texts that were answered from the cache. */
  cached: z.int(),
  /** What became of the uncertain texts: each is one of the three. */
  ruled: z.int(),
  skipped: z.int(),
  failed: z.int(),
  /** Mean time of an asking, milliseconds. */
  meanMs: z.number().nullable(),
});
export type SecondCounts = z.infer<typeof SecondCounts>;

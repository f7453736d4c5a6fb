// The guard: detectors and policies joined, for requests and for what comes back.
import type { Detector } from '../detect/index.ts';
import type { Policies, Subject } from '../policy/index.ts';
import { type InputParts, type InputVerdict, type PastJudge, judgeInput } from './input.ts';
import { type OutputContext, OutputJudge } from './output.ts';
import { type CacheDigest, VerdictCache } from './verdict-cache.ts';

export interface PipelineParts {
  readonly detectors: readonly Detector[];
  /** The policies in force; asked once for each direction of an exchange, which they rule to its end. */
  readonly policies: () => Policies;
  /** With it, verdicts of unchanged texts are cached; without, every text is judged each time. */
  readonly cacheDigest?: CacheDigest;
}

export interface Pipeline {
  /**
   * Judges a request before it is sent on.
   * @param judgePast - asked once, with all that was found, by whoever remembers earlier exchanges
   */
  judgeInput(subject: Subject, input: InputParts, judgePast?: PastJudge): InputVerdict;
  /**
   * Opens the judgement of the answer to a request; of each try of the model a new one.
   * @param reaskable - the model can still be asked once more (see `Decision.reask`)
   */
  openOutput(subject: Subject, stream: boolean, context: OutputContext, reaskable?: boolean): OutputJudge;
}

export function createPipeline(parts: PipelineParts): Pipeline {
  const { detectors, policies } = parts;
  const cache = parts.cacheDigest === undefined ? undefined : new VerdictCache(parts.cacheDigest);
  return {
    judgeInput: (subject, input, judgePast) => judgeInput(detectors, policies(), cache, subject, input, judgePast),
    openOutput: (subject, stream, context, reaskable = false) =>
      new OutputJudge({ detectors, policies: policies(), subject, stream, context, reaskable }),
  };
}

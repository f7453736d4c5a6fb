// The guard: detectors and policies joined, for requests and for what comes back.
import type { Detector } from '../detect/index.ts';
import type { Policies, Subject } from '../policy/index.ts';
import { type InputParts, type InputVerdict, type PastJudge, gatherFindings, judgeInput, ruleInput } from './input.ts';
import { type OutputContext, OutputJudge } from './output.ts';
import { consultOnInput } from './second/ask-input.ts';
import type { SecondStage } from './second/second-stage.ts';
import { type CacheDigest, VerdictCache } from './verdict-cache.ts';

export interface PipelineParts {
  readonly detectors: readonly Detector[];
  /** The policies in force; asked once for each direction of an exchange, which they rule to its end. */
  readonly policies: () => Policies;
  /** With it, verdicts of unchanged texts are cached; without, every text is judged each time. */
  readonly cacheDigest?: CacheDigest;
  /** Asked on request texts that the detectors are unsure of. */
  readonly second?: SecondStage | undefined;
}

export interface Pipeline {
  /**
   * Judges a request by the detectors alone.
   * @param judgePast - asked once, with all that was found, by whoever remembers earlier exchanges
   */
  judgeInput(subject: Subject, input: InputParts, judgePast?: PastJudge): InputVerdict;
  /** Judges a request by the detectors and, where there is one, by the second stage. */
  judgeInputFully(subject: Subject, input: InputParts, judgePast?: PastJudge): Promise<InputVerdict> | InputVerdict;
  /**
   * Opens the judgement of the answer to a request; of each try of the model a new one.
   * @param reaskable - the model can still be asked once more (see `Decision.reask`)
   */
  openOutput(subject: Subject, stream: boolean, context: OutputContext, reaskable?: boolean): OutputJudge;
}

export function createPipeline(parts: PipelineParts): Pipeline {
  const { detectors, policies, second } = parts;
  const cache = parts.cacheDigest === undefined ? undefined : new VerdictCache(parts.cacheDigest);
  async function askSecond(
    stage: SecondStage,
    subject: Subject,
    input: InputParts,
    judgePast: PastJudge | undefined,
  ): Promise<InputVerdict> {
    const inForce = policies();
    const found = gatherFindings(detectors, cache, input, stage.asksAll);
    const { gathered, reports } = await consultOnInput(stage, found, (certain) =>
      ruleInput(inForce, subject, input, certain),
    );
    return ruleInput(inForce, subject, input, gathered, { judgePast, reports });
  }
  const judgeFast: Pipeline['judgeInput'] = (subject, input, judgePast) =>
    judgeInput(detectors, policies(), cache, subject, input, judgePast);
  return {
    judgeInput: judgeFast,
    judgeInputFully: (subject, input, judgePast) =>
      second === undefined ? judgeFast(subject, input, judgePast) : askSecond(second, subject, input, judgePast),
    openOutput: (subject, stream, context, reaskable = false) =>
      new OutputJudge({ detectors, policies: policies(), subject, stream, context, reaskable }),
  };
}

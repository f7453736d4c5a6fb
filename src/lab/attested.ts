// What of a scorecard is said, signed, of a model.
import { createHash } from 'node:crypto';
import { AncileError } from '../base/index.ts';
import type { RobustnessPredicate, Scorecard } from '../contract/index.ts';

/**
 * @param scorecard - as it is kept: its digest ties the statement to it
 * @throws AncileError `usage` for a run that did not come to its end, or of a model without a digest
 */
export function toRobustnessPredicate(card: Scorecard, scorecard: string): RobustnessPredicate {
  const { model, data, settings, tool, time, attacks, worstCase, gate } = card;
  if (!card.complete) {
    throw new AncileError('usage', 'a run that was cut short is not attested', {
      hint: 'Take it up again with --resume.',
    });
  }
  if (model.digest === undefined) throw new AncileError('usage', 'a model without a digest cannot be attested');
  return {
    tool,
    time,
    modelSha256: model.digest,
    ...(model.externalData === undefined
      ? {}
      : { externalData: model.externalData.map(({ path, digest }) => ({ path, sha256: digest })) }),
    data: { sha256: data.digest, samples: data.samples, cleanAccuracy: data.cleanAccuracy },
    norm: settings.norm,
    seed: settings.seed,
    attacks: attacks.map(({ name, eps, steps, samples, robustAccuracy, interval }) => ({
      ...{ name, eps, steps, samples, robustAccuracy, low: interval.low, high: interval.high },
    })),
    ...(worstCase === undefined ? {} : { worstCase: worstCase.robustAccuracy }),
    warnings: [...new Set(card.warnings.map(({ code }) => code))],
    ...(gate === undefined
      ? {}
      : {
          result: gate.passed ? ('passed' as const) : ('failed' as const),
          requirements: gate.outcomes.map(({ requirement }) => requirement.slice(0, 1000)),
        }),
    scorecardSha256: createHash('sha256').update(scorecard).digest('hex'),
  };
}

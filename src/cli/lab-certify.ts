// `ancile lab attack --certify`: what can be proved of the model, beside what attacks leave.
import type { LabCertificates } from '../contract/index.ts';
import type * as LabRoom from '../lab/index.ts';
import type { LabOptions } from './lab-options.ts';

/**
 * One proof after another; stopped, it ends with those that it has whole.
 * @throws AncileError `model_invalid` naming the operator without bounds
 */
export async function runCertificates(
  room: typeof LabRoom,
  target: LabRoom.Target,
  samples: LabRoom.Samples,
  run: LabRoom.RunOptions,
  { certify = [], sigma, copies, certifySamples }: LabOptions,
): Promise<LabCertificates[]> {
  const options = {
    ...{ eps: run.eps, seed: run.seed, batch: run.batch, signal: run.signal, copies, sigma },
    ...(run.onProgress === undefined ? {} : { onProgress: run.onProgress }),
    samples: Math.min(certifySamples, samples.count),
    space: (eps: number) => run.space('linf', eps),
  };
  const made: LabCertificates[] = [];
  for (const method of certify) {
    if (run.signal.aborted) break;
    try {
      if (method === 'interval') made.push(await room.certifyByIntervals(target, samples, options));
      else made.push(await room.certifyBySmoothing(target, samples, { ...options, sigma: sigma! }));
    } catch (thrown) {
      if (!run.signal.aborted) throw thrown;
    }
  }
  return made;
}

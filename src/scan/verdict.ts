// From findings to the one word.
import type { ScanFinding, Unseen, ScanVerdict } from '../contract/index.ts';

/** High and critical findings are malicious, medium ones suspicious; lesser ones are notes. */
export function toVerdict(findings: readonly Pick<ScanFinding, 'severity'>[], unseen: readonly Unseen[]): ScanVerdict {
  if (findings.some(({ severity }) => severity === 'high' || severity === 'critical')) return 'malicious';
  if (findings.some(({ severity }) => severity === 'medium')) return 'suspicious';
  return unseen.length > 0 ? 'unanalyzed' : 'clean';
}

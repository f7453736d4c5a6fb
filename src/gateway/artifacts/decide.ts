// From what is known of a version to the policy's decision on it.
import type { Decision, ModelAsset, Principal, ScanVerdict, StageReport, Transfer } from '../../contract/index.ts';
import { scanSummary } from '../../inventory/index.ts';
import { evidenceKinds } from './evidence.ts';
import type { ArtifactQuestion, Policies } from '../../policy/index.ts';

const DAY = 86_400_000;
const STATUS: Readonly<Record<ScanVerdict, StageReport['status']>> = {
  clean: 'clean',
  unanalyzed: 'skipped',
  suspicious: 'found',
  malicious: 'found',
};

const unseen = ({ files }: ModelAsset): ReturnType<typeof scanSummary> =>
  scanSummary(files.filter(({ accepted }) => accepted !== true));

/** What the scan says of files that no person knew of when he admitted the version. */
export const unseenVerdict = (asset: ModelAsset): ScanVerdict => unseen(asset).verdict;

/** What is asked of a policy. Files that a person knew of when he admitted the version are not asked about again. */
export function toQuestion(asset: ModelAsset, now: number, direction: Transfer = 'pull'): ArtifactQuestion {
  const { verdict, rules, formats, findings } = unseen(asset);
  return {
    direction,
    verdict,
    formats,
    rules,
    severity: findings[0]?.severity ?? 'info',
    licence: asset.licence ?? '',
    signature: asset.signature,
    evidence: evidenceKinds(asset, now),
    bytes: asset.bytes,
    ageDays: asset.modified === undefined ? 0 : (now - Date.parse(asset.modified)) / DAY,
  };
}

/** The decision on a version for one principal, by what is known of it now. */
export function decide(
  policies: Policies,
  asset: ModelAsset,
  principal: Principal,
  now: number,
  direction: Transfer = 'pull',
): Decision {
  const question = toQuestion(asset, now, direction);
  const { source, repo, revision } = asset;
  const {
    action,
    policies: deciding,
    faults,
    shadow,
  } = policies.ruleArtifact({ principal, source, repo, revision }, question);
  const stages: StageReport[] = [{ stage: 'scan', status: STATUS[question.verdict], detail: question.verdict }];
  if (faults.length > 0) {
    const detail = faults.join('; ').slice(0, 1000);
    stages.push({ stage: 'policy', status: 'failed', detail, onFault: policies.onFault.policy });
  }
  return {
    action,
    policies: [...deciding],
    stages,
    policyVersion: policies.version,
    ...(shadow === undefined ? {} : { shadow: { action: shadow.action, policies: [...shadow.policies] } }),
  };
}

/** Whether it is the version that is wrong, whoever asks for it: then it is quarantined, not only refused. */
export function isBad(asset: ModelAsset, decision: Decision, now: number): boolean {
  const { verdict, signature } = toQuestion(asset, now);
  return decision.action === 'hold' || verdict !== 'clean' || signature.state === 'invalid';
}

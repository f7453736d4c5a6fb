// Policies, detectors and rules: what is in force, what a change would do, and the change.
import { AncileError, toAncileError } from '../../base/index.ts';
import type {
  ApiAnswer,
  Channel,
  DetectorView,
  Explanation,
  PolicyCheck,
  PolicyFile,
  PolicyReplay,
  PolicySetView,
} from '../../contract/index.ts';
import type { ReloadResult } from '../../policy/index.ts';
import type { RecordChange } from './changes.ts';
import { createFewAtOnce } from './few-at-once.ts';
import type { Operations } from './operation.ts';

/** Which past exchanges a set is tried on: newest first, at most `limit`. */
export interface ReplaySpan {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly limit?: number | undefined;
}

/** The policy set in force, as the composition root has it. */
export interface PolicyDesk {
  view(): PolicySetView;
  check(files: readonly PolicyFile[]): PolicyCheck;
  replay(files: readonly PolicyFile[], span: ReplaySpan): Promise<PolicyReplay>;
  shadow(span: ReplaySpan): Promise<PolicyReplay>;
  /**
   * Writes the files of the set in force and takes them into use, or leaves all as it was.
   * @throws AncileError `policy_invalid`, `data_dir_unusable`
   */
  write(files: readonly PolicyFile[]): { readonly changed: boolean; readonly version: string };
  /** @throws AncileError `not_found` where no server runs */
  reload(): ReloadResult;
}

export interface PolicyParts {
  readonly desk: PolicyDesk;
  readonly detectors: () => DetectorView[];
  readonly inspect: (text: string, channel: Channel) => Promise<ApiAnswer<'inspectText'>>;
  readonly explain: (text: string, channel: Channel) => Explanation[];
  readonly record: RecordChange;
}

/** What keeps files from becoming the set in force. */
function checkEdit(view: PolicySetView, check: PolicyCheck, base: string): void {
  if (!view.editable) {
    throw new AncileError('conflict', `the shipped set ${view.name} cannot be changed`, {
      hint: `Make one of your own: ancile policy export ${view.name} FOLDER, and name the folder as policy.set.`,
    });
  }
  if (view.version !== base) {
    throw new AncileError('conflict', 'the policies have changed since they were read', {
      at: 'base',
      hint: 'Read them again, and make your change there.',
    });
  }
  const failed = check.cases.find((each) => !each.ok);
  if (check.ok && failed === undefined) return;
  // What is only a warning stands beside a set that is in order.
  const problem = check.ok ? undefined : check.problems.find(({ message }) => !message.startsWith('warning: '));
  const place =
    problem === undefined ? 'files' : `${problem.file}${problem.line === undefined ? '' : `:${problem.line}`}`;
  const said = problem?.message ?? `the case "${failed?.name ?? ''}" does not hold`;
  throw new AncileError('request_invalid', said, { at: place, hint: 'Check the files first: nothing was changed.' });
}

export function policyOperations({
  desk,
  detectors,
  inspect,
  explain,
  record,
}: PolicyParts): Pick<
  Operations,
  | 'getPolicies'
  | 'checkPolicies'
  | 'replayPolicies'
  | 'savePolicies'
  | 'reloadPolicies'
  | 'diffShadow'
  | 'getDetectors'
  | 'inspectText'
> {
  const few = createFewAtOnce();
  return {
    getPolicies: async () => desk.view(),
    checkPolicies: async ({ files }) => desk.check(files),
    replayPolicies: ({ files, ...span }, { actor }) => few.run(actor, () => desk.replay(files, span)),
    async savePolicies({ files, base }, { actor }) {
      checkEdit(desk.view(), desk.check(files), base);
      const names = files.map((file) => file.name).join(', ');
      // On record before it rules anything.
      await record(actor, 'policy.edit', base, { detail: names });
      try {
        // Another edit may have been taken into use while the record was written.
        checkEdit(desk.view(), desk.check(files), base);
        return desk.write(files);
      } catch (thrown) {
        const { message } = toAncileError(thrown);
        await record(actor, 'policy.edit', base, { outcome: 'refused', detail: message });
        throw thrown;
      }
    },
    async reloadPolicies(_, { actor }) {
      const result = desk.reload();
      await record(actor, 'policy.reload', result.version, {
        outcome: result.ok ? 'done' : 'refused',
        ...(result.ok ? {} : { detail: result.error.message }),
      });
      if (!result.ok) throw result.error;
      return { changed: result.changed, version: result.version };
    },
    diffShadow: (span, { actor }) => few.run(actor, () => desk.shadow(span)),
    getDetectors: async () => ({ detectors: detectors() }),
    async inspectText({ text, channel, explain: wanted }) {
      const verdict = await inspect(text, channel);
      return wanted === true ? { ...verdict, explanation: explain(text, channel) } : verdict;
    },
  };
}

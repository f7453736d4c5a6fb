// The program itself: its state, its configuration, its ledger as a whole, a copy of its data.
import type { ApiAnswer, ApiInput } from '../../contract/index.ts';
import type { RecordChange } from './changes.ts';
import type { Operations } from './operation.ts';

/** What only the composition root can do; what needs a running server throws `not_found` where there is none. */
export interface SystemParts {
  readonly status: () => Promise<ApiAnswer<'getStatus'>>;
  readonly reloadConfig: (actor: string) => Promise<ApiAnswer<'reloadConfig'>>;
  readonly verifyLedger: () => Promise<ApiAnswer<'verifyLedger'>>;
  readonly createBackup: (options: ApiInput<'createBackup'>) => Promise<ApiAnswer<'createBackup'>>;
  readonly record: RecordChange;
}

export function systemOperations({
  status,
  reloadConfig,
  verifyLedger,
  createBackup,
  record,
}: SystemParts): Pick<Operations, 'getStatus' | 'reloadConfig' | 'verifyLedger' | 'createBackup'> {
  // Reading a whole ledger is work: those who ask meanwhile get the same answer.
  let verifying: Promise<ApiAnswer<'verifyLedger'>> | undefined;
  return {
    getStatus: () => status(),
    reloadConfig: (_, { actor }) => reloadConfig(actor.name),
    verifyLedger() {
      verifying ??= verifyLedger().finally(() => (verifying = undefined));
      return verifying;
    },
    async createBackup(options, { actor }) {
      // First, so that the copy itself tells that it was made.
      await record(actor, 'backup.create', options.file, { detail: options.plain === true ? 'plain' : 'sealed' });
      try {
        return await createBackup(options);
      } catch (thrown) {
        await record(actor, 'backup.create', options.file, { outcome: 'refused' });
        throw thrown;
      }
    },
  };
}

// Sinks for people: how far each is, a try, and what its receiver would not take.
import type { Exporter } from '../../export/index.ts';
import type { RecordChange } from './changes.ts';
import type { Operations } from './operation.ts';

const LETTERS = 100;

export interface ExportParts {
  /** Opened when first asked for: without a server, the secrets of sinks are read only by those who want them. */
  readonly exporter: () => Promise<Exporter>;
  readonly record: RecordChange;
}

export function exportOperations({
  exporter,
  record,
}: ExportParts): Pick<Operations, 'listSinks' | 'testSink' | 'listDeadLetters' | 'replaySink'> {
  return {
    listSinks: async () => ({ sinks: await (await exporter()).list() }),
    async testSink({ name }, { actor }) {
      const result = await (await exporter()).test(name);
      await record(actor, 'export.test', name, { detail: result.accepted ? 'accepted' : 'not accepted' });
      return result;
    },
    async listDeadLetters({ name, limit = LETTERS, after = -1 }) {
      return (await exporter()).deadLetters(name, { after, limit });
    },
    async replaySink({ name, seqs }, { actor }) {
      const result = await (await exporter()).replay(name, seqs);
      const { delivered, refused, gone } = result;
      await record(actor, 'export.replay', name, {
        detail: `${delivered} delivered, ${refused} refused, ${gone} gone`,
      });
      return result;
    },
  };
}

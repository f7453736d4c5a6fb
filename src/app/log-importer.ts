// Puts calls on record that a cloud logged: judged by the detectors in force, each once, their texts never kept.
import { AncileError, systemClock } from '../base/index.ts';
import type { ApiAnswer, Channel, Finding, ImportedRecord, LoggedCall } from '../contract/index.ts';
import type { RecordIndex } from '../ledger/index.ts';
import type { DataDir } from './data-dir.ts';
import type { TextVerdict } from './inspect.ts';
import { newestRecords } from './newest-records.ts';

export interface LogImporterParts {
  readonly data: Pick<DataDir, 'ledger' | 'store' | 'keys'>;
  readonly index: Pick<RecordIndex, 'caughtUp'>;
  readonly inspect: (text: string, channel: Channel) => Promise<TextVerdict>;
}

type Key = Pick<LoggedCall, 'service' | 'account' | 'event' | 'happened'>;
/** The time is in it: some services give calls of one transaction one id. */
const keyOf = ({ service, account, event, happened }: Key): string =>
  JSON.stringify([service, account, event, happened]);

const AHEAD_MS = 86_400_000;

/**
 * Whether a call is of a day that has not come yet. Rules go by the times of calls: one of a far day would make all that come after
 * it too old to be counted, and whoever can put a line into a log could blind them so.
 */
export function isAhead({ happened }: Pick<LoggedCall, 'happened'>, now: number): boolean {
  return Date.parse(happened) > now + AHEAD_MS;
}

type LogImporter = (calls: readonly LoggedCall[], actor: string) => Promise<ApiAnswer<'importLogs'>>;

/** What is on record is read once, when the first call is brought in. */
export function createLogImporter({ data, index, inspect }: LogImporterParts): LogImporter {
  const { keys, ledger } = data;
  let known: Promise<Set<string>> | undefined;

  async function readKnown(): Promise<Set<string>> {
    await index.caughtUp();
    const labels = new Set<string>();
    for await (const record of newestRecords(data.store, ledger, { kind: 'imported' })) {
      labels.add(keys.keyedLabel(keyOf(record)));
    }
    return labels;
  }

  async function judge(texts: LoggedCall['texts']): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const { text, channel, path } of texts) {
      const verdict = await inspect(text, channel);
      findings.push(...verdict.findings.map((finding) => ({ ...finding, segment: path })));
    }
    return findings;
  }

  const digest = (texts: LoggedCall['texts'], output: boolean): string | undefined => {
    const own = texts.filter(({ channel }) => (channel === 'output') === output);
    return own.length === 0 ? undefined : keys.keyedDigest(JSON.stringify(own.map(({ text }) => text)));
  };

  async function put(call: LoggedCall, actor: string): Promise<number> {
    const { texts, address, ...members } = call;
    const findings = call.unread.includes('unasked') ? [] : await judge(texts);
    const inputDigest = digest(texts, false);
    const outputDigest = digest(texts, true);
    const body: Omit<ImportedRecord, 'time' | 'node'> = {
      kind: 'imported',
      ...members,
      ...(address === undefined ? {} : { network: keys.keyedLabel(address) }),
      ...(inputDigest === undefined ? {} : { inputDigest }),
      ...(outputDigest === undefined ? {} : { outputDigest }),
      findings,
      actor,
    };
    await ledger.append(body);
    return findings.length;
  }

  return async (calls, actor) => {
    const labels = await (known ??= readKnown().catch((thrown: unknown) => {
      known = undefined;
      throw thrown;
    }));
    const ahead = calls.find((call) => isAhead(call, systemClock()));
    if (ahead !== undefined) {
      throw new AncileError('request_invalid', 'a call is of a day that has not come yet', {
        at: `${ahead.file}:${ahead.line}`,
      });
    }
    const answer = { added: 0, known: 0, findings: 0 };
    for (const call of calls) {
      const label = keys.keyedLabel(keyOf(call));
      if (labels.has(label)) {
        answer.known++;
        continue;
      }
      // Taken before it is written: another import may bring the same at this moment.
      labels.add(label);
      try {
        answer.findings += await put(call, actor);
      } catch (thrown) {
        labels.delete(label);
        throw thrown;
      }
      answer.added++;
    }
    return answer;
  };
}

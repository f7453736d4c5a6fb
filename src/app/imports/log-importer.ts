// Puts calls on record that a cloud logged: judged by the detectors in force, each once, their texts never kept.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AncileError, systemClock } from '../../base/index.ts';
import {
  type ApiAnswer,
  type Channel,
  type Finding,
  type ImportedRecord,
  type LoggedCall,
  importKey,
} from '../../contract/index.ts';
import { type RecordIndex, exchangesOnRecord } from '../../ledger/index.ts';
import type { DataDir } from '../data-dir.ts';
import type { TextVerdict } from '../inspect.ts';
import { isAhead } from './read-calls.ts';

export interface LogImporterParts {
  readonly data: Pick<DataDir, 'store' | 'keys'> & { readonly ledger: Pick<DataDir['ledger'], 'append'> };
  readonly index: Pick<RecordIndex, 'caughtUp'>;
  readonly inspect: (text: string, channel: Channel) => Promise<TextVerdict>;
}

type LogImporter = (calls: readonly LoggedCall[], actor: string) => Promise<ApiAnswer<'importLogs'>>;

/** Whether a call is on record the index says, so that no number of them is held in memory. */
export function createLogImporter({ data, index, inspect }: LogImporterParts): LogImporter {
  const { keys, ledger, store } = data;
  let last: Promise<unknown> = Promise.resolve();

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

  /** The record of a call, and how its writing ends. */
  async function put(call: LoggedCall, actor: string): Promise<{ findings: number; written: Promise<unknown> }> {
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
    const written = ledger.append(body);
    // Whoever waits for all of a batch hears of it.
    written.catch(() => undefined);
    return { findings: findings.length, written };
  }

  async function bringIn(calls: readonly LoggedCall[], actor: string): Promise<ApiAnswer<'importLogs'>> {
    const ahead = calls.find((call) => isAhead(call, systemClock()));
    if (ahead !== undefined) {
      throw new AncileError('request_invalid', 'a call is of a day that has not come yet', {
        at: `${ahead.file}:${ahead.line}`,
      });
    }
    await index.caughtUp();
    const known = await exchangesOnRecord(store, calls.map(importKey));
    const answer = { added: 0, known: 0, findings: 0 };
    const writes: Promise<unknown>[] = [];
    for (const call of calls) {
      const key = importKey(call);
      if (known.has(key)) {
        answer.known++;
        continue;
      }
      const { findings, written } = await put(call, actor);
      writes.push(written);
      // Requests have the event loop between two calls.
      await nextTurn();
      known.add(key);
      answer.findings += findings;
      answer.added++;
    }
    await Promise.all(writes);
    return answer;
  }

  // One after the other: the index has what the one before wrote, and the same call may be in both.
  return (calls, actor) => {
    const run = last.catch(() => undefined).then(() => bringIn(calls, actor));
    last = run;
    return run;
  };
}

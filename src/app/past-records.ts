// Records that rules are tried on: of a file, or of a data folder that no server has.
import { createReadStream, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AncileError, systemCode } from '../base/index.ts';
import { isBlankLine, parseJson, readInputLines } from '../codec/index.ts';
import { Config, LedgerRecord } from '../contract/index.ts';
import type { Ledger, StoredRecord } from '../ledger/index.ts';
import { openDataDir } from './data-dir.ts';

const MAX_LINE = 16_000_000;

/**
 * Records of a file, JSON, one a line; those without a seq are numbered by line.
 * @throws AncileError `usage` where it cannot be read, `request_invalid` at a line that is no record
 */
export async function* readRecordLines(path: string): AsyncGenerator<StoredRecord> {
  try {
    let seq = 0;
    for await (const line of readInputLines(createReadStream(path), MAX_LINE)) {
      if (isBlankLine(line)) continue;
      const at = `${basename(path)}:${line.number}`;
      if (line.tooLong) throw new AncileError('body_too_large', `${at}: longer than ${MAX_LINE} bytes`, { at });
      const given = parseJson(line.bytes, { maxBytes: MAX_LINE, what: at });
      const record = LedgerRecord.safeParse(given);
      if (!record.success) {
        const issue = record.error.issues[0]!;
        throw new AncileError('request_invalid', `${at}: ${issue.path.join('.') || 'the record'}: ${issue.message}`, {
          at,
          hint: 'Records are as `ancile ledger list --json` prints them.',
        });
      }
      const own = (given as { seq?: unknown }).seq;
      yield { ...record.data, seq: typeof own === 'number' && Number.isSafeInteger(own) && own >= 0 ? own : seq };
      seq++;
    }
  } catch (thrown) {
    if (thrown instanceof AncileError) throw thrown;
    throw new AncileError('usage', `${path} cannot be read (${systemCode(thrown) ?? 'unknown error'})`, {
      hint: 'Name a file with a record a line, JSON.',
    });
  }
}

/** Opens the ledger of a data folder for reading. @throws AncileError `data_dir_owned` while a server has it */
export async function withLedgerOf<T>(dataDir: string, use: (ledger: Ledger) => Promise<T>): Promise<T> {
  if (!existsSync(join(dataDir, 'ledger'))) {
    throw new AncileError('not_found', `there is no ledger in ${dataDir}`, {
      at: dataDir,
      hint: 'Name a data folder.',
    });
  }
  const loaded = { config: Config.parse({ dataDir }), dir: dataDir, file: undefined };
  const data = await openDataDir(loaded, () => undefined);
  try {
    return await use(data.ledger);
  } finally {
    await data.close();
  }
}

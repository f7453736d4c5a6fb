// Records and ledgers to test with: real files in a temporary folder.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExchangeClosed, ExchangeOpened, RecordBody } from '../src/contract/index.ts';
import { openKeys } from '../src/keys/index.ts';
import { type Ledger, type LedgerOptions, openLedger } from '../src/ledger/index.ts';

/** Segments of eight records, so that a few dozen make several. */
export const SEGMENT = 8;

export function adminChange(target: string): RecordBody {
  return { kind: 'admin.change', actor: 'test', action: 'key.create', target, outcome: 'done' };
}

export function opened(id: string, overrides: Partial<ExchangeOpened> = {}): RecordBody {
  return {
    kind: 'exchange.opened',
    exchange: {
      id,
      surface: 'openai.chat',
      principal: { id: 'key_1', kind: 'service', name: 'one', tenant: 'default' },
      route: '*',
      model: 'm',
      upstream: 'main',
      stream: false,
    },
    inputDigest: 'd'.repeat(64),
    segments: 1,
    findings: [],
    decision: { action: 'allow', policies: [], stages: [], policyVersion: 'v' },
    ...overrides,
  };
}

export function closed(id: string, overrides: Partial<ExchangeClosed> = {}): RecordBody {
  const usage = { inputTokens: 1, outputTokens: 1, costMicros: 0, estimated: true };
  const how = { outcome: 'completed' as const, status: 200, findings: [], usage, durationMs: 1 };
  return { kind: 'exchange.closed', exchange: id, principal: 'key_1', ...how, ...overrides };
}

/** A data folder of its own, removed by `dispose`. */
export class LedgerFolder {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'ancile-ledger-'));

  open(options: Partial<LedgerOptions> = {}): Promise<Ledger> {
    const { dataDir } = this;
    return openLedger({ dataDir, keys: openKeys(dataDir), node: 'n1', segmentSize: SEGMENT, ...options });
  }

  /** A closed ledger of so many records, with a checkpoint after each of these sizes besides those at seals and end. */
  async fill(count: number, checkpointsAt: readonly number[] = []): Promise<void> {
    const ledger = await this.open();
    for (let i = ledger.size; i < count; i++) {
      await ledger.append(adminChange(`t${i}`));
      if (checkpointsAt.includes(i + 1)) await ledger.checkpoint();
    }
    await ledger.close();
  }

  path(name: string): string {
    return join(this.dataDir, 'ledger', name);
  }

  /** Path of a part of the segment that starts at a seq. */
  part(first: number, part: 'jsonl' | 'leaves' | 'root'): string {
    return this.path(`${String(first).padStart(16, '0')}.${part}`);
  }

  /** Rewrites the lines of a file. */
  edit(path: string, change: (lines: string[]) => string[]): void {
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    writeFileSync(
      path,
      change(lines)
        .map((line) => line + '\n')
        .join(''),
    );
  }

  dispose(): void {
    rmSync(this.dataDir, { recursive: true });
  }
}

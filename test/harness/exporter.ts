// Sinks on a ledger and a store of their own: what a server has of them, without its traffic.
import { rmSync } from 'node:fs';
import type { z } from 'zod';
import { SinkConfig } from '../../src/contract/index.ts';
import { toEvent } from '../../src/export/describe/describe.ts';
import { type Exporter, type SinkSettings, openExporter } from '../../src/export/index.ts';
import { openStore } from '../../src/store/index.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { join } from 'node:path';
import { LedgerFolder, adminChange, closed, opened } from '../ledger-fixture.ts';
import { atEnd } from './cleanup.ts';
import { eventually } from './server.ts';

/** Settings of a sink as its configuration has them; pauses are short. */
export function sinkOf(
  name: string,
  config: z.input<typeof SinkConfig>,
  more: Partial<SinkSettings> = {},
): SinkSettings {
  const parsed = SinkConfig.parse({ from: 'start', retryMost: '50ms', timeout: '5s', ...config });
  return { name, config: parsed, ...more };
}

export interface TestExporter {
  readonly exporter: Exporter;
  readonly ledger: Ledger;
  readonly faults: string[];
  /** Appends records of several kinds, some of which are detections. */
  append(count: number): Promise<void>;
  /** Ids of the events of all records there are. */
  ids(): Promise<string[]>;
  /** Resolves when a sink has nothing left to do. */
  current(name: string): Promise<void>;
  view(name: string): ReturnType<Exporter['figures']>[number];
  close(): Promise<void>;
}

const blocked = (id: string) =>
  opened(id, {
    findings: [
      {
        rule: 'injection.override',
        class: 'injection',
        severity: 'high',
        score: 0.9,
        start: 0,
        end: 3,
        evidence: 'kept back',
        techniques: ['AML.T0051.000'],
        detector: 'attack',
        segment: '/messages/0',
        channel: 'user',
      },
    ],
    decision: {
      action: 'block',
      policies: [{ id: 'deny', action: 'block', reason: 'an "attack" | =x]' }],
      stages: [],
      policyVersion: 'v',
    },
  });

export async function openTestExporter(
  sinks: readonly SinkSettings[],
  folder: LedgerFolder = new LedgerFolder(),
): Promise<TestExporter> {
  const store = await openStore({ path: join(folder.dataDir, 'store.db') });
  const ledger = await folder.open({ node: 'node_01', segmentSize: 64 });
  const faults: string[] = [];
  const exporter = await openExporter({
    store,
    ledger,
    node: 'node_01',
    running: true,
    onFault: ({ message }) => void faults.push(message),
  });
  await exporter.apply(sinks);
  let ended: Promise<void> | undefined;
  const close = (): Promise<void> =>
    (ended ??= (async () => {
      await exporter.close();
      await ledger.close();
      await store.close();
    })());
  atEnd(async () => {
    await close();
    rmSync(folder.dataDir, { recursive: true, force: true });
  });
  const view = (name: string) => exporter.figures().find((each) => each.name === name)!;
  let made = ledger.size;
  return {
    exporter,
    ledger,
    faults,
    async append(count) {
      const bodies = Array.from({ length: count }, () => {
        const n = made++;
        return [opened(`ex_${n}`), closed(`ex_${n}`), adminChange(`key_${n}`), blocked(`ex_${n}`)][n % 4]!;
      });
      await Promise.all(bodies.map((body) => ledger.append(body)));
    },
    async ids() {
      const ids: string[] = [];
      for await (const record of ledger.read()) ids.push(toEvent(record).id);
      return ids;
    },
    current: async (name) => {
      await eventually(() => (view(name).cursor === ledger.size ? true : undefined), 30_000);
    },
    view,
    close,
  };
}

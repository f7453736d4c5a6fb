// Nodes in both directions: those whose records are taken in here, and the centre that gets this one's.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { AncileError, systemClock, systemCode } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { NodeView } from '../contract/index.ts';
import type { ForwardSettings } from '../export/index.ts';
import { type EnrolledNode, Intake, type IntakeSettings, StreamBook } from '../gateway/index.ts';
import { loadPublicKey } from '../keys/index.ts';
import type { Gauge } from '../monitor/index.ts';
import type { DataDir } from './data-dir.ts';

function readText(dir: string, path: string, at: string): string {
  const file = resolve(dir, path);
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new AncileError('config_invalid', `${at}: ${file} cannot be read (${systemCode(thrown) ?? 'unknown'})`, {
      at,
      cause: thrown,
    });
  }
}

/** The nodes of a configuration, with their keys read. @throws AncileError `config_invalid` */
export function readNodes({ config, dir }: LoadedConfig): IntakeSettings {
  const enrolled = new Map<string, EnrolledNode>();
  for (const [name, { key }] of Object.entries(config.nodes.enrolled)) {
    const at = `nodes.enrolled.${name}.key`;
    const publicKey = loadPublicKey(readText(dir, key, at), at);
    const other = enrolled.get(publicKey.keyId);
    if (other !== undefined) throw new AncileError('config_invalid', `${at}: it is the key of ${other.name}`, { at });
    enrolled.set(publicKey.keyId, { name, key: publicKey });
  }
  const { recordsPerSecond, silentAfter } = config.nodes;
  return { enrolled, recordsPerSecond, silentAfter };
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** Where this node's records go; undefined where nowhere. @throws AncileError `config_invalid` */
export function readForward({ config, dir }: LoadedConfig): ForwardSettings | undefined {
  const { forward } = config;
  if (forward === undefined) return undefined;
  const { protocol, hostname } = new URL(forward.url);
  if (protocol === 'http:' && !LOOPBACK.test(hostname)) {
    throw new AncileError('config_invalid', 'forward.url: records leave this machine only by https', {
      at: 'forward.url',
      hint: 'Give the central server a certificate (server.tls) and name its authority in forward.ca.',
    });
  }
  const { ca, ...rest } = forward;
  return { ...rest, ca: ca === undefined ? undefined : readText(dir, ca, 'forward.ca') };
}

/** Opens the intake of a data folder. */
export async function openIntake(
  data: DataDir,
  settings: () => IntakeSettings,
): Promise<{ readonly intake: Intake; readonly book: StreamBook }> {
  const book = await StreamBook.open(data.ledger, data.store);
  const append = (body: Parameters<DataDir['ledger']['append']>[0]): Promise<unknown> => data.ledger.append(body);
  return { book, intake: new Intake({ book, settings, append, clock: systemClock }) };
}

/** The figures of nodes for telemetry. */
export function nodeGauges(views: () => readonly NodeView[]): Gauge[] {
  const labels = ['node'] as const;
  const of =
    (pick: (view: NodeView) => number): Gauge['read'] =>
    () =>
      views().map((view) => ({ values: [view.name], value: pick(view) }));
  return [
    {
      name: 'ancile_node_lag_records',
      help: 'Records of a node that are not here, as it said last.',
      labels,
      read: of(({ lag }) => lag),
    },
    {
      name: 'ancile_node_heard_seconds',
      help: 'Seconds since a node was heard of; -1: not since the start.',
      labels,
      read: of(({ heard }) => (heard === undefined ? -1 : (systemClock() - Date.parse(heard)) / 1000)),
    },
    {
      name: 'ancile_node_missing_records',
      help: 'Records of a node that will never come.',
      labels,
      read: of(({ missing }) => missing),
    },
    {
      name: 'ancile_node_forked',
      help: '1 where a node has signed two histories.',
      labels,
      read: of(({ state }) => (state === 'forked' ? 1 : 0)),
    },
  ];
}

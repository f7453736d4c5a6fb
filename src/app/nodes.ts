// Nodes in both directions: those whose records are taken in here, and the centre that gets this one's.
import { AncileError, systemClock } from '../base/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { NodeView } from '../contract/index.ts';
import { type ForwardSettings, type Forwarder, startForwarder } from '../export/index.ts';
import { type EnrolledNode, Intake, type IntakeSettings, StreamBook, isLoopbackUrl } from '../gateway/index.ts';
import { loadPublicKey } from '../keys/index.ts';
import type { Gauge } from '../monitor/index.ts';
import { readConfigText } from './config-text.ts';
import type { DataDir } from './data-dir.ts';

/** The nodes of a configuration, with their keys read. @throws AncileError `config_invalid` */
export function readNodes({ config, dir }: LoadedConfig): IntakeSettings {
  const enrolled = new Map<string, EnrolledNode>();
  for (const [name, { key }] of Object.entries(config.nodes.enrolled)) {
    const at = `nodes.enrolled.${name}.key`;
    const publicKey = loadPublicKey(readConfigText(dir, key, at), at);
    const other = enrolled.get(publicKey.keyId);
    if (other !== undefined) throw new AncileError('config_invalid', `${at}: it is the key of ${other.name}`, { at });
    enrolled.set(publicKey.keyId, { name, key: publicKey });
  }
  const { recordsPerSecond, silentAfter } = config.nodes;
  return { enrolled, recordsPerSecond, silentAfter };
}

/** Where this node's records go; undefined where nowhere. @throws AncileError `config_invalid` */
function readForward({ config, dir }: LoadedConfig): ForwardSettings | undefined {
  const { forward } = config;
  if (forward === undefined) return undefined;
  const url = new URL(forward.url);
  if (url.protocol === 'http:' && !isLoopbackUrl(url)) {
    throw new AncileError('config_invalid', 'forward.url: records leave this machine only by https', {
      at: 'forward.url',
      hint: 'Give the central server a certificate (server.tls) and name its authority in forward.ca.',
    });
  }
  const { ca, ...rest } = forward;
  return { ...rest, ca: ca === undefined ? undefined : readConfigText(dir, ca, 'forward.ca') };
}

/** The centre has so long, at the end, for what was written last (milliseconds). */
export const DRAIN_MS = 2000;

/** Sends the records of a data folder to the centre of its configuration; undefined where there is none. @throws AncileError */
export function openForwarder(
  { ledger, keys }: Pick<DataDir, 'ledger' | 'keys'>,
  loaded: LoadedConfig,
  onFault: (fault: AncileError) => void,
): Forwarder | undefined {
  const settings = readForward(loaded);
  return settings === undefined ? undefined : startForwarder({ settings, ledger, keys, onFault });
}

/** The nodes of the configuration in force: their keys are read once for each, not for each batch. */
function nodesOf(loaded: () => LoadedConfig): () => IntakeSettings {
  const read = new WeakMap<LoadedConfig, IntakeSettings>();
  return () => {
    const config = loaded();
    const known = read.get(config) ?? readNodes(config);
    read.set(config, known);
    return known;
  };
}

/** Opens the intake of a data folder, for the nodes of the configuration in force. */
export async function openIntake(
  data: DataDir,
  loaded: () => LoadedConfig,
): Promise<{ readonly intake: Intake; readonly book: StreamBook }> {
  const book = await StreamBook.open(data.ledger, data.store);
  const append = (body: Parameters<DataDir['ledger']['append']>[0]): Promise<unknown> => data.ledger.append(body);
  return { book, intake: new Intake({ book, settings: nodesOf(loaded), append, clock: systemClock }) };
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

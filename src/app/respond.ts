// What is done about what monitoring sees, on a data folder: incidents and containment, and the way from detections to them.
import { type Affected, type GrantBook, type People, personOfTarget } from '../access/index.ts';
import { type McpSettings, type Operations, memoryOf, toApiClient } from '../gateway/index.ts';
import { AncileError } from '../base/index.ts';
import type { ContainmentTarget, Detection, RecordBody, StoredRecord } from '../contract/index.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { Inflight } from '../gateway/index.ts';
import type { Inventory } from '../inventory/index.ts';
import { type RecordIndex, searchExchanges, searchRecords } from '../ledger/index.ts';
import { readMeta, writeMeta } from '../store/index.ts';
import {
  type ContainmentDesk,
  type IncidentBook,
  createContainmentDesk,
  createContainmentRows,
  type PlaybookDesk,
  type ReadPlaybook,
  createIncidentBook,
  createPlaybookDesk,
  createPlaybookRows,
  createStarter,
} from '../respond/index.ts';
import { type Closers, every } from './closers.ts';
import type { DataDir } from './data-dir.ts';
import { createDetectionQueue } from './detection-queue.ts';
import type { Logger } from './log.ts';
import type { PolicySets } from './policies.ts';
import { newestRecords } from './newest-records.ts';

/** The last detection that incidents know of: what is recorded behind it was not taken in before the process ended. */
const CURSOR = 'incidents.seq';
const PAGE = 1000;
/** Records of one incident. */
const MOST_OWN = 50_000;

export interface RespondParts {
  readonly data: DataDir;
  readonly append: DataDir['ledger']['append'];
  readonly index: RecordIndex;
  readonly inventory: Inventory;
  /** Of the configuration in force. */
  readonly loaded: () => LoadedConfig;
  readonly grants: GrantBook;
  readonly people: People;
  /** Of the configuration in force: what containment names is loaded before anything is judged by it. */
  readonly policySets: () => Pick<PolicySets, 'read'>;
  /** Labels of the tool servers of the configuration in force; absent where they are not open. */
  readonly toolServers?: () => McpSettings['servers'];
  readonly underWay: (covers: (affected: Affected) => boolean) => number;
  /** Of the configuration in force. */
  readonly playbooks: () => readonly ReadPlaybook[];
  /** What the commands of playbooks are carried out by. */
  readonly operations: () => Operations;
  readonly onFault: (fault: unknown) => void;
}

export interface Respond {
  readonly incidents: IncidentBook;
  readonly containments: ContainmentDesk;
  readonly playbooks: PlaybookDesk;
  /** Appends; a detection is then taken in as well. Nobody waits for that. */
  append(body: RecordBody): ReturnType<DataDir['ledger']['append']>;
  /** Takes in the detections that an earlier process did not come to. */
  recall(): Promise<void>;
  /** Records of an incident: its own, of what contained it, and those it rests on, oldest first. */
  timelineOf(incident: string, records: readonly number[]): Promise<StoredRecord[]>;
  /** Takes in the detections that a full disk kept out. */
  retry(): Promise<void>;
  /** Resolves when nothing is being taken in. */
  idle(): Promise<void>;
}

export function openRespond(parts: RespondParts): Respond {
  const { data, index, inventory, loaded, underWay, onFault } = parts;
  const { store, keyRing, restraints } = data;
  const incidents = createIncidentBook({
    store,
    append: parts.append,
    settings: () => loaded().config.incidents,
    onFault,
  });
  const containments = createContainmentDesk({
    restraints,
    keyRing,
    people: parts.people,
    isMemoryWrite: (server, tool) => memoryOf(parts.toolServers?.().get(server)?.labels, tool).writes.length > 0,
    readPolicySet: (name) => parts.policySets().read(name),
    flowMode: () => loaded().config.flow.mode,
    inventory,
    routes: () => Object.keys(loaded().config.models),
    underWay,
    async searchExchanges(filter) {
      await index.caughtUp();
      return searchExchanges(store, filter);
    },
    async pulledSince(from) {
      await index.caughtUp();
      const pulled: string[] = [];
      for await (const { model } of newestRecords(store, data.ledger, { kind: 'artifact.pull', from }))
        pulled.push(model);
      return pulled;
    },
    async proposedSince(from) {
      await index.caughtUp();
      const proposed = new Map<string, string[]>();
      for await (const { exchange, calls = [] } of newestRecords(store, data.ledger, {
        kind: 'exchange.closed',
        from,
      })) {
        if (calls.length > 0) proposed.set(exchange, calls.map(({ tool }) => tool)); // prettier-ignore
      }
      return proposed;
    },
    grantsOf: (target) => parts.grants.coveredBy(target),
    rows: createContainmentRows(store),
    append: parts.append,
    twoPersons: () => loaded().config.incidents.twoPersons,
  });

  const playbooks = createPlaybookDesk({
    playbooks: parts.playbooks,
    rows: createPlaybookRows(store),
    getIncident: (id) => incidents.get(id),
    record: (incident, note, actor) => incidents.note(incident, 'playbook', note, actor),
    call(operation, input, actor) {
      // Whoever may run a playbook may do each of these; a test holds the list to that.
      const caller = { actor: { kind: 'local', name: actor }, from: 'local', keepToken: () => undefined } as const;
      const { target = {} } = input as { target?: ContainmentTarget };
      if (operation === 'contain' && personOfTarget(target) !== undefined) {
        // Whoever may run a playbook may not always manage people.
        throw new AncileError('forbidden', 'a person is kept out by a person, and not by a playbook', {
          at: 'target.principal',
        });
      }
      const run = toApiClient(parts.operations(), caller)[operation] as (input: unknown) => Promise<unknown>;
      return run(input);
    },
    preview: (request) => containments.preview(request),
    containmentsOf: (incident) => containments.list({ live: false, incident }),
    onFault,
  });

  /** Whoever makes an incident long must not push its beginning out. */
  async function ownRecords(incident: string): Promise<number[]> {
    const own: number[] = [];
    for (let before: number | undefined; own.length < MOST_OWN;) {
      const page = await searchRecords(store, { incident, limit: PAGE, ...(before === undefined ? {} : { before }) });
      own.push(...page.map(({ seq }) => seq));
      if (page.length < PAGE) break;
      before = page.at(-1)!.seq;
    }
    return own;
  }

  let cursor = -1;
  async function take(seq: number, detection: Detection): Promise<void> {
    if (seq <= cursor) return;
    await incidents.take(detection);
    cursor = seq;
    await writeMeta(store.db, CURSOR, String(seq));
  }
  const queue = createDetectionQueue(take, onFault);

  return {
    incidents,
    containments,
    playbooks,
    async append(body) {
      const appended = await parts.append(body);
      if (body.kind === 'detection') void queue.hear(appended.seq, body);
      return appended;
    },
    async recall() {
      await containments.recall();
      const known = Number((await readMeta(store.db, CURSOR)) ?? -1);
      await index.caughtUp();
      const missed: (Detection & { readonly seq: number })[] = [];
      for await (const record of newestRecords(store, data.ledger, { kind: 'detection' })) {
        if (record.seq <= known) break;
        missed.push(record);
      }
      for (const record of missed.reverse()) await queue.hear(record.seq, record);
      cursor = Math.max(cursor, known);
    },
    async timelineOf(incident, records) {
      await index.caughtUp();
      const seqs = [...new Set([...(await ownRecords(incident)), ...records])].sort((a, b) => a - b);
      const found = await Promise.all(seqs.map((seq) => data.ledger.get(seq)));
      // What was pruned is gone, and its seq is in the record that speaks of it.
      return found.filter((record) => record !== undefined);
    },
    retry: () => queue.retry(),
    idle: () => queue.idle(),
  };
}

/** Containments that end by themselves end within this. */
const SWEEP_MS = 1000;

/** Opens it for a server: what an earlier process did not come to is taken in, and what has run out ends. */
export async function startRespond(
  parts: Omit<RespondParts, 'underWay' | 'onFault'> & { readonly inflight: Inflight },
  closers: Closers,
  log: Logger,
): Promise<Respond> {
  const respond = openRespond({
    ...parts,
    underWay: (covers) => parts.inflight.countOf(covers),
    onFault: (err) => log.error({ err }, 'incidents'),
  });
  const starter = createStarter({
    starts: () => parts.loaded().config.incidents.start,
    run: (request, actor) => respond.playbooks.run(request, actor),
    note: (incident, text, actor) => respond.incidents.note(incident, 'playbook', text, actor),
    onFault: (err) => log.error({ err }, 'playbooks'),
  });
  respond.incidents.onChange((incident, event, met) => starter.hear(incident, event, met));
  closers.add(async () => {
    await respond.idle();
    await starter.idle();
  });
  await respond.recall();
  closers.add(every(SWEEP_MS, () => respond.containments.sweep(), log));
  closers.add(every(SWEEP_MS, () => respond.retry(), log));
  return respond;
}

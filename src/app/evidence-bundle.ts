// Gathers what an evidence bundle holds, and keeps bundles in the data folder.
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { AncileError, systemClock, systemCode } from '../base/index.ts';
import { type LoadedConfig, VERSION } from '../config/index.ts';
import type { StoredRecord } from '../contract/index.ts';
import { proveRecord } from '../ledger/index.ts';
import {
  type Bundle,
  type Clocks,
  type ContainmentDesk,
  type IncidentBook,
  type PlaybookDesk,
  readClocks,
  writeBundle,
} from '../respond/index.ts';
import { readContent } from './content.ts';
import type { DataDir } from './data-dir.ts';
import type { PolicySetInForce } from './policy-desk.ts';

export interface BundleParts {
  readonly data: DataDir;
  readonly incidents: IncidentBook;
  readonly containments: ContainmentDesk;
  readonly playbooks: PlaybookDesk;
  readonly timelineOf: (incident: string, records: readonly number[]) => Promise<StoredRecord[]>;
  readonly loaded: () => LoadedConfig;
  readonly policySet: () => PolicySetInForce;
}

/** Members whose texts may be secrets although they are written in the configuration. */
const TEXTS_HIDDEN = new Set(['headers', 'env', 'args']);

/** `texts`: of what is hidden, its own texts. `inner`: deeper in it, where a text is hidden unless it names a secret. */
type Hiding = 'nothing' | 'texts' | 'inner';

function hidingOf(name: string, value: unknown, around: Hiding): Hiding {
  // The reference to a secret is no secret; a header or variable that happens to be called so is.
  const isReference = (name === 'env' || name === 'file') && typeof value === 'string';
  if (isReference && around !== 'texts') return 'nothing';
  if (around !== 'nothing') return 'inner';
  return TEXTS_HIDDEN.has(name) ? 'texts' : 'nothing';
}

/** A configuration without what could be a secret: those are named by reference, yet addresses and headers may hold one. */
export function withoutSecrets(value: unknown, hiding: Hiding = 'nothing'): unknown {
  if (typeof value === 'string') {
    if (hiding !== 'nothing') return '[left out]';
    return value.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@?#]*@/i, '$1[left out]@').replace(/^([a-z][a-z0-9+.-]*:\/\/[^?#]*)[?#].*$/i, '$1?[left out]'); // prettier-ignore
  }
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, hiding));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withoutSecrets(each, hidingOf(name, each, hiding))]),
  );
}

/** Versions of policy sets that records name, in the order in which they come. */
function versionsOf(records: readonly StoredRecord[]): string[] {
  const named = records.map((record) =>
    record.kind === 'node.state'
      ? record.policyVersion
      : 'decision' in record && record.decision !== undefined
        ? record.decision.policyVersion
        : undefined,
  );
  return [...new Set(named.filter((version) => version !== undefined))];
}

/** The bundle of an incident as things are now. @throws AncileError `not_found`, `request_invalid` */
export async function makeBundle(parts: BundleParts, id: string, actor: string): Promise<Bundle> {
  const { data, incidents, containments, playbooks, timelineOf, loaded, policySet } = parts;
  const incident = await incidents.get(id);
  const [timeline, contained, runs] = await Promise.all([
    timelineOf(id, incident.records),
    containments.list({ live: false, incident: id }),
    playbooks.runs(id),
  ]);
  const seqs = timeline.map(({ seq }) => seq);
  const there = new Set(seqs);
  const { files, ...set } = policySet();
  try {
    return await writeBundle(
      {
        incident: id,
        node: data.node,
        made: new Date(systemClock()).toISOString(),
        by: actor,
        version: VERSION,
        policyVersion: set.version,
        seqs,
        gone: incident.records.filter((seq) => !there.has(seq)),
        prove: (seq) => proveRecord(data.ledger, seq),
        values: {
          'incident.json': { incident, containments: contained, playbooks: runs },
          'configuration.json': withoutSecrets(loaded().config),
          // The texts are of the version in force; of earlier ones that ruled on what is shown here, the digest is known.
          'policy-set.json': { ...set, ruled: versionsOf(timeline) },
        },
        texts: Object.fromEntries(files.map(({ name, text }) => [`policy/${name}`, text])),
      },
      data.keys,
    );
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new AncileError('request_invalid', `the bundle cannot be written: ${thrown.message}`, { at: 'id' });
  }
}

/** Keeps a bundle in `incidents/` of the data folder. @returns its path. @throws AncileError `ledger_fault` */
export async function keepBundle({ path }: DataDir, incident: string, { zip, sha256 }: Bundle): Promise<string> {
  const folder = join(path, 'incidents');
  const file = join(folder, `${incident}-${sha256.slice(0, 16)}.zip`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const handle = await open(file, 'w', 0o600);
    try {
      await handle.writeFile(zip);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw new AncileError('ledger_fault', `evidence cannot be kept in ${folder} (${systemCode(thrown) ?? 'unknown'})`, {
      at: folder,
      cause: thrown,
    });
  }
  return file;
}

/** The legal clocks that come with the program. */
export function openClocks(): Clocks {
  const { text, file } = readContent('clocks/eu.yaml');
  return readClocks(parseYaml(text), file);
}

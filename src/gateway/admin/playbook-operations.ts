// Playbooks, evidence, legal clocks and word to others, for people.
import { AncileError, type Clock } from '../../base/index.ts';
import {
  type Bundle,
  type Clocks,
  type ContainmentDesk,
  type IncidentBook,
  type PlaybookDesk,
  draftNotice,
  readLegalClocks,
  toStix,
} from '../../respond/index.ts';
import type { Caller } from './actor.ts';
import type { Operations } from './operation.ts';

export interface PlaybookParts {
  readonly clock: Clock;
  readonly incidents: IncidentBook;
  readonly containments: ContainmentDesk;
  readonly playbooks: PlaybookDesk;
  /** Id of this node. */
  readonly node: string;
  readonly legalClocks: () => Clocks;
  readonly bundle: (incident: string, actor: string) => Promise<Bundle>;
  /** Writes a bundle into the data folder. @returns its path */
  readonly keepBundle: (incident: string, bundle: Bundle) => Promise<string>;
}

/** Whose yes it is: the person who has signed in, or whom the owner of the data folder names. */
function personWho({ actor }: Caller, named: string | undefined): string {
  if (actor.kind === 'person') {
    if (named === undefined || named === actor.name) return actor.name;
    throw new AncileError('forbidden', 'nobody answers for somebody else', { at: 'person' });
  }
  if (named !== undefined) return `${named}, by ${actor.name}`;
  throw new AncileError('request_invalid', 'a person has to be named whose answer this is', {
    at: 'person',
    hint: 'On the command line: --as NAME.',
  });
}

export function playbookOperations({
  clock,
  incidents,
  containments,
  playbooks,
  node,
  legalClocks,
  bundle,
  keepBundle,
}: PlaybookParts): Pick<
  Operations,
  | 'listPlaybooks'
  | 'listPlaybookRuns'
  | 'runPlaybook'
  | 'answerPlaybook'
  | 'keepEvidence'
  | 'bundleIncident'
  | 'getClocks'
  | 'draftNotice'
  | 'getStix'
> {
  const containedOf = (incident: string) => containments.list({ live: false, incident });
  return {
    listPlaybooks: async () => ({ playbooks: playbooks.list() }),
    async listPlaybookRuns({ id }) {
      await incidents.get(id);
      return { runs: await playbooks.runs(id) };
    },
    runPlaybook: ({ id, ...request }, { actor }) => playbooks.run({ incident: id, ...request }, actor.name),
    answerPlaybook: ({ run, person, ...answer }, caller) => playbooks.answer(run, answer, personWho(caller, person)),
    async keepEvidence({ id }, { actor }) {
      const made = await bundle(id, actor.name);
      const file = await keepBundle(id, made);
      const note = `evidence kept: SHA-256 ${made.sha256}, ${made.manifest.records} records`;
      await incidents.note(id, 'note', note, actor.name);
      const { records, unproven } = made.manifest;
      return { file, bytes: made.zip.length, sha256: made.sha256, records, unproven: unproven.length };
    },
    async bundleIncident({ id }, { actor }) {
      const { zip, sha256, manifest } = await bundle(id, actor.name);
      const { records, unproven } = manifest;
      return { sha256, records, unproven: unproven.length, zip: zip.toString('base64') };
    },
    getClocks: async ({ id }) => readLegalClocks(legalClocks(), (await incidents.get(id)).facts, clock()),
    async draftNotice({ id, regime }) {
      const incident = await incidents.get(id);
      return { regime, draft: draftNotice(legalClocks(), regime, incident, await containedOf(id), clock()) };
    },
    async getStix({ id, tlp, names }) {
      const {
        type,
        id: bundleId,
        objects,
      } = toStix(await incidents.get(id), await containedOf(id), { tlp, names, node });
      return { type, id: bundleId, objects: objects.map((each) => ({ ...each })) };
    },
  };
}

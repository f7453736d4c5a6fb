// Incidents and containment for people.
import { personOfTarget } from '../../access/index.ts';
import type { ContainmentTarget, StoredRecord } from '../../contract/index.ts';
import type { ContainmentDesk, IncidentBook } from '../../respond/index.ts';
import { type Actor, checkPermission } from './actor.ts';
import type { Operations } from './operation.ts';

export interface IncidentParts {
  readonly incidents: IncidentBook;
  readonly containments: ContainmentDesk;
  /** The records of an incident: its own, those of what contained it, and those it rests on, oldest first. */
  readonly timelineOf: (incident: string, records: readonly number[]) => Promise<StoredRecord[]>;
}

/** Keeping people out, and letting them in again, is for whoever manages them. */
function checkManages(actor: Actor, target: ContainmentTarget): void {
  if (personOfTarget(target) !== undefined) checkPermission(actor, 'people.manage');
}

export function incidentOperations({
  incidents,
  containments,
  timelineOf,
}: IncidentParts): Pick<
  Operations,
  | 'listIncidents'
  | 'getIncident'
  | 'openIncident'
  | 'updateIncident'
  | 'previewContainment'
  | 'contain'
  | 'listContainments'
  | 'confirmContainment'
  | 'liftContainment'
> {
  const targetOf = async (id: string): Promise<ContainmentTarget> =>
    (await containments.list({ live: true })).find((each) => each.id === id)?.target ?? {};
  return {
    listIncidents: async (query) => ({ incidents: await incidents.list(query) }),
    async getIncident({ id }) {
      const incident = await incidents.get(id);
      const [timeline, contained] = await Promise.all([
        timelineOf(id, incident.records),
        containments.list({ live: false, incident: id }),
      ]);
      return { incident, timeline, containments: contained };
    },
    openIncident: (opening, { actor }) => incidents.open(opening, actor.name),
    updateIncident: ({ id, ...change }, { actor }) => incidents.update(id, change, actor.name),
    previewContainment: (asked) => containments.preview(asked),
    async contain(request, { actor }) {
      checkManages(actor, request.target);
      // A word in an incident that is not there would be lost.
      if (request.incident !== undefined) await incidents.get(request.incident);
      return containments.contain(request, actor.name);
    },
    listContainments: async ({ all, incident }) => ({
      containments: await containments.list({ live: !all, incident }),
    }),
    async confirmContainment({ id, verdict }, { actor }) {
      checkManages(actor, await targetOf(id));
      return containments.confirm(id, verdict, actor.name);
    },
    async liftContainment({ id, reason }, { actor }) {
      checkManages(actor, await targetOf(id));
      return containments.lift(id, reason, actor.name);
    },
  };
}

// Incidents and containment for people.
import { personOfTarget } from '../../access/index.ts';
import type { StoredRecord } from '../../contract/index.ts';
import type { ContainmentDesk, IncidentBook } from '../../respond/index.ts';
import { checkPermission } from './actor.ts';
import type { Operations } from './operation.ts';

export interface IncidentParts {
  readonly incidents: IncidentBook;
  readonly containments: ContainmentDesk;
  /** The records of an incident: its own, those of what contained it, and those it rests on, oldest first. */
  readonly timelineOf: (incident: string, records: readonly number[]) => Promise<StoredRecord[]>;
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
      // Keeping people out is for whoever manages them.
      if (personOfTarget(request.target) !== undefined) checkPermission(actor, 'people.manage');
      // A word in an incident that is not there would be lost.
      if (request.incident !== undefined) await incidents.get(request.incident);
      return containments.contain(request, actor.name);
    },
    listContainments: async ({ all, incident }) => ({
      containments: await containments.list({ live: !all, incident }),
    }),
    confirmContainment: ({ id, verdict }, { actor }) => containments.confirm(id, verdict, actor.name),
    liftContainment: ({ id, reason }, { actor }) => containments.lift(id, reason, actor.name),
  };
}

// Every operation of the admin interface, put together from its groups.
import { type ApprovalParts, approvalOperations } from './approval-operations.ts';
import { type ExportParts, exportOperations } from './export-operations.ts';
import { type FeedbackParts, feedbackOperations } from './feedback-operations.ts';
import { type ImportParts, importOperations } from './import-operations.ts';
import { type IncidentParts, incidentOperations } from './incident-operations.ts';
import { type KeyParts, keyOperations } from './key-operations.ts';
import { type ModelParts, modelOperations } from './model-operations.ts';
import { type MonitorParts, monitorOperations } from './monitor-operations.ts';
import { type NodeParts, nodeOperations } from './node-operations.ts';
import type { Operations } from './operation.ts';
import { type PeopleParts, peopleOperations } from './people-operations.ts';
import { type PlaybookParts, playbookOperations } from './playbook-operations.ts';
import { type PolicyParts, policyOperations } from './policy-operations.ts';
import { type PullParts, pullOperations } from './pull-operations.ts';
import { sessionOperations } from './session-operations.ts';
import { type SystemParts, systemOperations } from './system-operations.ts';
import { type ToolParts, toolOperations } from './tool-operations.ts';
import { type TrafficParts, trafficOperations } from './traffic-operations.ts';

/** What the operations work on; the composition root gives it, with a server or on a data folder alone. */
export type AdminParts = ApprovalParts &
  ExportParts &
  FeedbackParts &
  ImportParts &
  IncidentParts &
  KeyParts &
  ModelParts &
  MonitorParts &
  NodeParts &
  PeopleParts &
  PlaybookParts &
  PolicyParts &
  PullParts &
  SystemParts &
  ToolParts &
  TrafficParts;

export function createOperations(parts: AdminParts): Operations {
  return {
    ...sessionOperations(parts),
    ...trafficOperations(parts),
    ...approvalOperations(parts),
    ...feedbackOperations(parts),
    ...importOperations(parts),
    ...incidentOperations(parts),
    ...playbookOperations(parts),
    ...keyOperations(parts),
    ...modelOperations(parts),
    ...pullOperations(parts),
    ...toolOperations(parts),
    ...monitorOperations(parts),
    ...policyOperations(parts),
    ...exportOperations(parts),
    ...nodeOperations(parts),
    ...peopleOperations(parts),
    ...systemOperations(parts),
  };
}

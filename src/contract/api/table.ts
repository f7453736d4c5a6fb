// Every operation of the admin interface, by name: the one table that routes, document and client are made from.
import type { z } from 'zod';
import { approvalsApi } from './approvals.ts';
import { exportApi } from './export.ts';
import { feedbackApi } from './feedback.ts';
import { importsApi } from './imports.ts';
import { incidentsApi } from './incidents.ts';
import { keysApi } from './keys.ts';
import { modelsApi } from './models.ts';
import { monitorApi } from './monitor.ts';
import { nodesApi } from './nodes.ts';
import { peopleApi } from './people.ts';
import { playbooksApi } from './playbooks.ts';
import { policiesApi } from './policies.ts';
import { sessionApi } from './session.ts';
import { systemApi } from './system.ts';
import { toolsApi } from './tools.ts';
import { trafficApi } from './traffic.ts';

/** All paths of `API` are below it. `GET /api/v1/live` is beside the table: a stream of events, one an `ExchangeRow`. */
export const API_BASE = '/api/v1';

export const API = {
  ...sessionApi,
  ...trafficApi,
  ...feedbackApi,
  ...approvalsApi,
  ...keysApi,
  ...modelsApi,
  ...toolsApi,
  ...incidentsApi,
  ...monitorApi,
  ...playbooksApi,
  ...policiesApi,
  ...exportApi,
  ...nodesApi,
  ...importsApi,
  ...peopleApi,
  ...systemApi,
};

export type ApiName = keyof typeof API;
export type ApiInput<K extends ApiName> = z.input<(typeof API)[K]['input']>;
export type ApiAnswer<K extends ApiName> = z.infer<(typeof API)[K]['answer']>;
/** Every operation as a function: what a client offers. Each throws an `AncileError` where it cannot do what it says. */
export type ApiClient = { readonly [K in ApiName]: (input: ApiInput<K>) => Promise<ApiAnswer<K>> };

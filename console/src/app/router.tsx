// Every page and its address (behind the hash, so that the server knows one page only); each is loaded when visited.
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';
import { readTrafficSearch } from '../pages/traffic/search.ts';
import { readBomSearch, readModelsSearch, readVersionSearch } from '../pages/models/search.ts';
import { readOverviewSearch } from '../pages/overview/span.ts';
import { readPolicySearch } from '../pages/policies/search.ts';
import { readPullSearch } from '../pages/pulls/search.ts';
import { readToolsSearch } from '../pages/tools/search.ts';
import { FaultPage, Gate, LoadingPage, NotFoundPage } from './gate.tsx';

const root = createRootRoute();

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite/$token',
  component: lazyRouteComponent(() => import('../pages/sign-in/invite-page.tsx'), 'InvitePage'),
});

const gate = createRoute({ getParentRoute: () => root, id: 'gate', component: Gate });

const overview = createRoute({
  getParentRoute: () => gate,
  path: '/',
  validateSearch: readOverviewSearch,
  component: lazyRouteComponent(() => import('../pages/overview/overview-page.tsx'), 'OverviewPage'),
});

const traffic = createRoute({
  getParentRoute: () => gate,
  path: '/traffic',
  validateSearch: readTrafficSearch,
  component: lazyRouteComponent(() => import('../pages/traffic/traffic-page.tsx'), 'TrafficPage'),
});

const exchange = createRoute({
  getParentRoute: () => gate,
  path: '/traffic/$id',
  component: lazyRouteComponent(() => import('../pages/exchange/exchange-page.tsx'), 'ExchangePage'),
});

const approvals = createRoute({
  getParentRoute: () => gate,
  path: '/approvals',
  component: lazyRouteComponent(() => import('../pages/approvals/approvals-page.tsx'), 'ApprovalsPage'),
});

const approval = createRoute({
  getParentRoute: () => gate,
  path: '/approvals/$id',
  component: lazyRouteComponent(() => import('../pages/approvals/approval-page.tsx'), 'ApprovalPage'),
});

const incidents = createRoute({
  getParentRoute: () => gate,
  path: '/incidents',
  component: lazyRouteComponent(() => import('../pages/incidents/incidents-page.tsx'), 'IncidentsPage'),
});

const incident = createRoute({
  getParentRoute: () => gate,
  path: '/incidents/$id',
  component: lazyRouteComponent(() => import('../pages/incidents/incident-page.tsx'), 'IncidentPage'),
});

const monitor = createRoute({
  getParentRoute: () => gate,
  path: '/monitor',
  component: lazyRouteComponent(() => import('../pages/monitor/monitor-page.tsx'), 'MonitorPage'),
});

const tools = createRoute({
  getParentRoute: () => gate,
  path: '/tools',
  validateSearch: readToolsSearch,
  component: lazyRouteComponent(() => import('../pages/tools/tools-page.tsx'), 'ToolsPage'),
});

const sinks = createRoute({
  getParentRoute: () => gate,
  path: '/sinks',
  component: lazyRouteComponent(() => import('../pages/sinks/sinks-page.tsx'), 'SinksPage'),
});

const nodes = createRoute({
  getParentRoute: () => gate,
  path: '/nodes',
  component: lazyRouteComponent(() => import('../pages/nodes/nodes-page.tsx'), 'NodesPage'),
});

const models = createRoute({
  getParentRoute: () => gate,
  path: '/models',
  validateSearch: readModelsSearch,
  component: lazyRouteComponent(() => import('../pages/models/models-page.tsx'), 'ModelsPage'),
});

// A version's id has strokes and colons: it is in the search, as in the interface.
const model = createRoute({
  getParentRoute: () => gate,
  path: '/models/version',
  validateSearch: readVersionSearch,
  component: lazyRouteComponent(() => import('../pages/models/model-page.tsx'), 'ModelPage'),
});

const bom = createRoute({
  getParentRoute: () => gate,
  path: '/models/bom',
  validateSearch: readBomSearch,
  component: lazyRouteComponent(() => import('../pages/models/bom-page.tsx'), 'BomPage'),
});

const pulls = createRoute({
  getParentRoute: () => gate,
  path: '/pulls',
  validateSearch: readPullSearch,
  component: lazyRouteComponent(() => import('../pages/pulls/pulls-page.tsx'), 'PullsPage'),
});

const keys = createRoute({
  getParentRoute: () => gate,
  path: '/keys',
  component: lazyRouteComponent(() => import('../pages/keys/keys-page.tsx'), 'KeysPage'),
});

const key = createRoute({
  getParentRoute: () => gate,
  path: '/keys/$id',
  component: lazyRouteComponent(() => import('../pages/keys/key-page.tsx'), 'KeyPage'),
});

const policies = createRoute({
  getParentRoute: () => gate,
  path: '/policies',
  validateSearch: readPolicySearch,
  component: lazyRouteComponent(() => import('../pages/policies/policies-page.tsx'), 'PoliciesPage'),
});

const detectors = createRoute({
  getParentRoute: () => gate,
  path: '/detectors',
  component: lazyRouteComponent(() => import('../pages/detectors/detectors-page.tsx'), 'DetectorsPage'),
});

const people = createRoute({
  getParentRoute: () => gate,
  path: '/people',
  component: lazyRouteComponent(() => import('../pages/people/people-page.tsx'), 'PeoplePage'),
});

const me = createRoute({
  getParentRoute: () => gate,
  path: '/me',
  component: lazyRouteComponent(() => import('../pages/me/me-page.tsx'), 'MePage'),
});

const health = createRoute({
  getParentRoute: () => gate,
  path: '/health',
  component: lazyRouteComponent(() => import('../pages/health/health-page.tsx'), 'HealthPage'),
});

const routeTree = root.addChildren([
  invite,
  gate.addChildren([
    overview,
    traffic,
    exchange,
    approvals,
    approval,
    incidents,
    incident,
    monitor,
    tools,
    sinks,
    nodes,
    models,
    model,
    bom,
    pulls,
    keys,
    key,
    policies,
    detectors,
    people,
    me,
    health,
  ]),
]);

export const router = createRouter({
  routeTree,
  history: createHashHistory(),
  defaultPreload: 'intent',
  defaultPendingComponent: LoadingPage,
  defaultErrorComponent: FaultPage,
  defaultNotFoundComponent: NotFoundPage,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

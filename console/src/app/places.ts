// The pages of the navigation: where they are, who may see them, and by which key they are reached (`g`, then it).
import type { Permission } from '../contract.ts';
import type { IconName } from '../parts/icon.tsx';

export interface Place {
  readonly to:
    | '/'
    | '/traffic'
    | '/pulls'
    | '/approvals'
    | '/incidents'
    | '/monitor'
    | '/models'
    | '/tools'
    | '/keys'
    | '/policies'
    | '/detectors'
    | '/people'
    | '/sinks'
    | '/nodes'
    | '/health'
    | '/me';
  readonly label: string;
  readonly icon: IconName;
  readonly key: string;
  readonly needs: Permission | 'session';
}

export interface PlaceGroup {
  readonly label: string;
  readonly places: readonly Place[];
}

export const PLACES: readonly PlaceGroup[] = [
  {
    label: 'Watch',
    places: [
      { to: '/', label: 'Overview', icon: 'overview', key: 'o', needs: 'traffic.read' },
      { to: '/traffic', label: 'Traffic', icon: 'traffic', key: 't', needs: 'traffic.read' },
      { to: '/pulls', label: 'Pulls', icon: 'pull', key: 'f', needs: 'traffic.read' },
      { to: '/approvals', label: 'Approvals', icon: 'approvals', key: 'a', needs: 'traffic.read' },
      { to: '/monitor', label: 'Monitoring', icon: 'eye', key: 'w', needs: 'traffic.read' },
      { to: '/incidents', label: 'Incidents', icon: 'flag', key: 'i', needs: 'traffic.read' },
    ],
  },
  {
    label: 'Govern',
    places: [
      { to: '/models', label: 'Models', icon: 'model', key: 'l', needs: 'traffic.read' },
      { to: '/tools', label: 'Tool servers', icon: 'tool', key: 's', needs: 'traffic.read' },
      { to: '/keys', label: 'Keys', icon: 'key', key: 'k', needs: 'traffic.read' },
      { to: '/policies', label: 'Policies', icon: 'policy', key: 'p', needs: 'traffic.read' },
      { to: '/detectors', label: 'Detectors', icon: 'detector', key: 'd', needs: 'traffic.read' },
    ],
  },
  {
    label: 'Run',
    places: [
      { to: '/health', label: 'Health', icon: 'health', key: 'h', needs: 'traffic.read' },
      { to: '/sinks', label: 'Sinks', icon: 'upstream', key: 'x', needs: 'traffic.read' },
      { to: '/nodes', label: 'Nodes and imports', icon: 'nodes', key: 'n', needs: 'traffic.read' },
      { to: '/people', label: 'People', icon: 'people', key: 'u', needs: 'people.manage' },
      { to: '/me', label: 'Your account', icon: 'me', key: 'm', needs: 'session' },
    ],
  },
];

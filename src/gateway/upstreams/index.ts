// Upstreams: the seam to each kind of them, and asking them with continuity.
export { type AskObserver, type AskOptions, type Prepared, askUpstreams, prepareFirst } from './ask.ts';
export { Circuit, type Condition, type Visit } from './circuit.ts';
export type { Ask, StreamFraming, UpstreamDoor } from './door.ts';
export { type DoorOptions, type DoorSecrets, type OpenDoor, openDoor } from './open-door.ts';
export { adviseStatus } from './pace.ts';
export { type PlannedTarget, planTargets } from './plan.ts';
export { type Roster, type RosterEntry, createRoster } from './roster.ts';

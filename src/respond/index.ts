// What is done about it: incidents, and what contains them.
export { CONTAINMENTS } from './actions.ts';
export { createContainmentDesk, type ContainmentDesk, type ContainmentRequest } from './containment.ts';
export { createContainmentRows } from './containment-rows.ts';
export { createIncidentBook, type IncidentBook, type IncidentSettings } from './incident-book.ts';

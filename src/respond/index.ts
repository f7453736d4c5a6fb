// What is done about it: incidents, and what contains them.
export { CONTAINMENTS } from './actions.ts';
export { createContainmentDesk, type ContainmentDesk, type ContainmentRequest } from './containment.ts';
export { createContainmentRows } from './containment-rows.ts';
export { writeBundle, type Bundle } from './bundle/write.ts';
export { verifyBundle, type BundleReport } from './bundle/verify.ts';
export { type Clocks, readClocks, readLegalClocks } from './clocks/clocks.ts';
export { draftNotice } from './clocks/notice.ts';
export { createPlaybookDesk, type PlaybookDesk } from './playbook/desk.ts';
export { createStarter } from './playbook/starter.ts';
export { PLAYBOOK_OPERATIONS } from './playbook/commands.ts';
export { type PlaybookFile, type ReadPlaybook, readPlaybook } from './playbook/read.ts';
export { createPlaybookRows } from './playbook/rows.ts';
export { toStix } from './stix.ts';
export { createIncidentBook, type IncidentBook, type IncidentSettings } from './incident-book.ts';

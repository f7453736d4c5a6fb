// The composition root's door.
export { asAdmin } from './admin.ts';
export { VERSION } from './content.ts';
export { dataDirPath } from './data-dir.ts';
export { createDetectors } from './detectors.ts';
export { createGuard, type Guard, type GuardOptions, openGuard, type TextVerdict } from './guard.ts';
export { createLog } from './log.ts';
export { openPolicies, policySetFolder } from './policies.ts';
export { type RunningServer, startServer } from './server.ts';

// Drills: playbooks against practice traffic.
export { runDrill } from './drill.ts';

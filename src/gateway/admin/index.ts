// Administration: one service, its socket and its client.
export { createAdminClient } from './client.ts';
export { type AdminService, type AdminStatus, RecordQuery, createAdminService } from './service.ts';
export { startAdminSocket } from './socket.ts';

// Tool servers (Model Context Protocol) behind the gateway.
export { configuredSchema } from './argument-schema.ts';
export type { FlowCall, FlowGate } from './flow-gate.ts';
export { type McpFront, createMcpFront } from './http/front.ts';
export { type OriginCheck, createOriginCheck } from './http/origin.ts';
export { resourceOf } from './http/metadata.ts';
export { openHttpLink } from './link/http-link.ts';
export { openStdioLink } from './link/stdio-link.ts';
export { memoryOf } from './memory-tags.ts';
export type { CallParts, McpParts, McpSettings } from './parts.ts';
export { type PinBook, openPinBook } from './pin-book.ts';
export { type SeenServers, openSeenServers } from './seen-servers.ts';
export { createTokenAuthority } from './tokens.ts';
export type { ToolRule, ToolServer } from './tool-server.ts';
export { startWrap } from './wrap.ts';

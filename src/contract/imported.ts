// Calls that a cloud's own log tells of: they were never here, so that nothing of them has an effect.
import { z } from 'zod';
import { Finding } from './finding.ts';
import { common } from './record-common.ts';
import { Channel } from './segment.ts';

/** Services whose logs are read. */
export const LogService = z.enum(['bedrock', 'azure', 'vertex']);
export type LogService = z.infer<typeof LogService>;

/** Why texts of a call were not judged. */
export const LogUnread = z.enum([
  /** The log holds none. */
  'absent',
  /** They lie in another place, which the log names. */
  'elsewhere',
  /** A part is no text. */
  'media',
  /** It was asked for. */
  'unasked',
]);
export type LogUnread = z.infer<typeof LogUnread>;

const members = {
  service: LogService,
  /** Account, resource or project: each has a stream of its own. */
  account: z.string().min(1).max(200),
  /** The service's own id of the call. */
  event: z.string().min(1).max(300),
  /** When it happened, ISO 8601. */
  happened: z.iso.datetime(),
  principal: z.string().max(500).optional(),
  model: z.string().max(500),
  operation: z.string().max(200),
  region: z.string().max(100).optional(),
  status: z.int().nonnegative().optional(),
  error: z.string().max(200).optional(),
  inputTokens: z.int().nonnegative().optional(),
  outputTokens: z.int().nonnegative().optional(),
  durationMs: z.number().nonnegative().optional(),
  /** Name of the file and number of the line. */
  file: z.string().max(300),
  line: z.int().positive(),
};

/** A call as the line of a log tells of it, whatever the service. */
export const LoggedCall = z.strictObject({
  ...members,
  /** Address of the caller, as far as the log says: only a keyed label of it is kept. */
  address: z.string().max(100).optional(),
  texts: z.array(z.strictObject({ path: z.string().max(2000), channel: Channel, text: z.string() })).max(20_000),
  unread: z.array(LogUnread).max(4),
});
export type LoggedCall = z.infer<typeof LoggedCall>;

export const ImportedRecord = z.object({
  ...common,
  kind: z.literal('imported'),
  ...members,
  /** Keyed label of the caller's address. */
  network: z.string().optional(),
  /** Keyed digest of all texts of one direction, in order. */
  inputDigest: z.string().optional(),
  outputDigest: z.string().optional(),
  findings: z.array(Finding),
  unread: z.array(LogUnread),
  /** Who brought it in. */
  actor: z.string(),
});
export type ImportedRecord = z.infer<typeof ImportedRecord>;

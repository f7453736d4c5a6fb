// A segment: a piece of text inside an exchange, with the channel it came by and its origin.
import { z } from 'zod';

/** The way a text came into the exchange. It selects detectors and is what policies name. */
export const Channel = z.enum([
  'system',
  'user',
  'assistant',
  'tool_description',
  'tool_argument',
  'tool_result',
  'document',
  'output',
  'metadata',
]);
export type Channel = z.infer<typeof Channel>;

/** Where a value came from and so how far it is trusted. */
export const Origin = z.enum(['user', 'trusted', 'identifier', 'untrusted']);
export type Origin = z.infer<typeof Origin>;

export const Segment = z.object({
  /** JSON Pointer (RFC 6901) of the string within the request or response body, or `""` for a bare text. */
  path: z.string(),
  channel: Channel,
  origin: Origin,
  text: z.string(),
});
export type Segment = z.infer<typeof Segment>;

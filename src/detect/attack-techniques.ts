// The technique ids of an attack by the way it came: direct from the user, indirect by what the model was given to read.
import type { Channel } from '../contract/index.ts';

/** Channels whose text nobody of the conversation wrote: an injection there is indirect. */
const INDIRECT: ReadonlySet<Channel> = new Set(['tool_description', 'tool_result', 'document', 'metadata']);

export const isIndirect = (channel: Channel): boolean => INDIRECT.has(channel);

/** The ids, that of prompt injection (ATLAS) with the sub-technique of the channel. */
export function techniquesBy(channel: Channel, ids: readonly string[]): string[] {
  return ids.map((id) => (id === 'AML.T0051' ? `${id}.${isIndirect(channel) ? '001' : '000'}` : id));
}

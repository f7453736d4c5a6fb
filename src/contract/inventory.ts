// What a workstation holds of AI: what an EDR or MDM collects.
import { z } from 'zod';
import { AiAsset, ScanFinding } from './scan.ts';

export const AiInventory = z.object({
  /** The home folder that was looked over, as it was named. Every path below is relative to it, with forward slashes. */
  home: z.string(),
  /** `linux`, `darwin`, `win32`. */
  platform: z.string(),
  /** Programs that left their folders, and where. */
  tools: z.array(z.object({ name: z.string(), path: z.string() })),
  models: z.array(
    z.object({
      /** `llama3.1:8b`, `org/model-7b`, or the name of a file. */
      name: z.string(),
      /** Which program it belongs to. */
      runtime: z.string(),
      path: z.string(),
      /** On disk. */
      bytes: z.int().nonnegative(),
    }),
  ),
  datasets: z.array(z.object({ name: z.string(), path: z.string(), bytes: z.int().nonnegative() })),
  /** Tool servers, models, prompts and keys that configurations name. */
  assets: z.array(AiAsset.extend({ path: z.string() })),
  findings: z.array(ScanFinding.extend({ path: z.string() })),
  /** What could not be read, or was left out to stay within bounds. */
  unread: z.array(z.object({ path: z.string(), reason: z.string() })),
  /** Files that were read. */
  files: z.int().nonnegative(),
});
export type AiInventory = z.infer<typeof AiInventory>;

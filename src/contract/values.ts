// Values that several parts of the configuration are made of.
import { z } from 'zod';

export const SecretRef = z
  .union([
    z.strictObject({ env: z.string().min(1) }).describe('name of an environment variable that holds the secret'),
    z.strictObject({ file: z.string().min(1) }).describe('path of a file that holds the secret (trimmed)'),
  ])
  .describe('a secret is named, never written: { env: NAME } or { file: PATH }');
export type SecretRef = z.infer<typeof SecretRef>;

/** A span of time such as `500ms`, `30s`, `15m`, `12h`, `30d`; parsed to milliseconds. */
export const Duration = z
  .string()
  .regex(/^\d{1,6}(ms|s|m|h|d)$/, 'expected a duration such as 500ms, 30s, 15m, 12h or 30d')
  .transform((text) => {
    const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    const [, count, name] = /^(\d+)(ms|s|m|h|d)$/.exec(text)!;
    return Number(count) * unit[name as keyof typeof unit];
  });
